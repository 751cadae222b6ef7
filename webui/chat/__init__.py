"""Pages that set who gets alerts, and the page on which an alarm from an alert is taken."""
