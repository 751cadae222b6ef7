"""All open datasets of a site, in the order of the page."""

from controller.capabilities.opendata import (
    courses_held,
    equipment,
    indicators,
    machine_hours,
    needs_told,
    occupancy,
    place_itself,
)

DATASETS = {
    module.DATASET.id: module.DATASET
    for module in (
        occupancy,
        machine_hours,
        courses_held,
        equipment,
        place_itself,
        indicators,
        needs_told,
    )
}
CATALOGUE = "catalogue"
"""Id of the dataset that lists all others, in the SCDL format."""
SCDL = "scdl-catalogue-0.1.3"
