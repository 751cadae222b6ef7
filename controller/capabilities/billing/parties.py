"""The provider and its customers: names, addresses, numbers, accounts."""

from typing import Annotated

import msgspec

from controller.domain.ids import END
from controller.kernel.shapes import Email, Line, Shape, Slug

Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}" + END)]
"""A country code of ISO 3166-1, such as `FR`."""
Postcode = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Z][0-9A-Z -]{1,9}" + END)]
Siret = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{14}" + END)]
VatNumber = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}[0-9A-Z]{2,13}" + END)]
Account = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{3}[0-9A-Z]{0,9}" + END)]
"""An account number; its first three digits are those of the French chart of accounts."""
_LA_POSTE = "356000000"


class Accounts(Shape, frozen=True, kw_only=True):
    """Accounts for entries; the defaults are those of the *plan comptable général*."""

    customers: Account = "411000"
    machines: Account = "706000"
    rooms: Account = "708300"
    plans: Account = "706000"
    """Passes and subscriptions."""
    materials: Account = "707000"
    """Manual entries: materials and courses."""
    remissions: Account = "709600"
    vat: Account = "445710"
    cash: Account = "531000"
    cheques: Account = "511200"
    cards: Account = "511500"
    transfers: Account = "512000"
    handed_over: Account = "580000"
    """Cash between the till and the treasurer, including money brought for the float."""
    shortages: Account = "658800"
    """Money that was missing in the till when it was counted."""
    surpluses: Account = "758800"


class Address(Shape, frozen=True, kw_only=True):
    """A postal address, with the SIRET of the establishment."""

    street: Line | None = None
    postcode: Postcode | None = None
    city: Line | None = None
    country: Country = "FR"
    siret: Siret | None = None

    def __post_init__(self) -> None:
        if self.siret is not None and not is_siret(self.siret):
            raise ValueError("siret: its check digit is wrong; copy it again")
        super().__post_init__()


class ProviderFields(Address, frozen=True, kw_only=True):
    """The provider that issues a site's statements; without a name, the site's is used."""

    name: Line | None = None
    vat_number: VatNumber | None = None
    accounts: Accounts = Accounts()


class Provider(ProviderFields, frozen=True, kw_only=True):
    """The provider in the API's form."""

    site_id: Slug
    version: int


class Billed(Address, frozen=True, kw_only=True):
    """The billing details of an organisation.

    `engagement`: the number of its purchase commitment; `service`: the code of the paying
    department.
    """

    engagement: Line | None = None
    service: Line | None = None


class InvoicingFields(Billed, frozen=True, kw_only=True):
    """Billing details, with the address to which statements are sent when a month is closed.

    `email`: a mailbox of the organisation; null: its statements are not sent.
    """

    email: Email | None = None


class Invoicing(InvoicingFields, frozen=True, kw_only=True):
    """Billing details in the API's form."""

    organisation_id: str
    version: int


class Seller(Address, frozen=True, kw_only=True):
    """The seller on a statement."""

    name: str
    vat_number: str | None = None


class Buyer(Billed, frozen=True, kw_only=True):
    """The organisation that a statement is for."""

    name: str


def is_siret(text: str) -> bool:
    """Return whether the check digit is right (Luhn; La Poste's digits: a multiple of 5)."""
    digits = [int(character) for character in text]
    if text.startswith(_LA_POSTE) and sum(digits) % 5 == 0:
        return True
    doubled = [2 * digit if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0
