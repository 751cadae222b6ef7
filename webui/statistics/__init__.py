"""Pages and API of statistics: reports, figures for funders, and members' optional data on
themselves."""
