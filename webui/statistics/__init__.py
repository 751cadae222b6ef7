"""Pages and API of statistics: reports, figures for funders, what people say of themselves."""
