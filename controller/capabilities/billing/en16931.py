"""Pre-invoice data in the terms of EN 16931; each field has the name of its business term.

Amounts are text with two decimals, as in an invoice. Terms that only the issuer of the invoice
knows are left out: its number (BT-1), its date (BT-2), the due date (BT-9), the means of payment
(BG-16).
"""

from datetime import date

from controller.kernel.shapes import Shape


class Party(
    Shape,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={
        "name": "name",
        "siret": "identifier (SIRET, scheme 0009)",
        "siren": "legal registration identifier (SIREN, scheme 0002)",
        "vat_number": "VAT identifier",
        "tax_number": "tax registration identifier",
        "street": "address line 1",
        "city": "city",
        "postcode": "post code",
        "country": "country code",
    },
):
    """Seller (BT-27, 29 to 32, 35, 37, 38, 40) or buyer (BT-44, 46 to 48, 50, 52, 53, 55)."""

    name: str
    country: str
    siret: str | None = None
    siren: str | None = None
    vat_number: str | None = None
    tax_number: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None


class Line(
    Shape,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={
        "id": "BT-126 Invoice line identifier",
        "note": "BT-127 Invoice line note",
        "quantity": "BT-129 Invoiced quantity",
        "unit": "BT-130 Invoiced quantity unit of measure code",
        "net_amount": "BT-131 Invoice line net amount",
        "starts": "BT-134 Invoice line period start date",
        "ends": "BT-135 Invoice line period end date",
        "net_price": "BT-146 Item net price",
        "category": "BT-151 Invoiced item VAT category code",
        "rate": "BT-152 Invoiced item VAT rate",
        "item": "BT-153 Item name",
    },
):
    """An invoice line (BG-25). A price is never negative; a credit has a negative quantity."""

    id: str
    item: str
    quantity: str
    unit: str
    net_price: str
    net_amount: str
    category: str
    starts: date
    ends: date
    rate: str | None = None
    note: str | None = None


class Breakdown(
    Shape,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={
        "taxable": "BT-116 VAT category taxable amount",
        "tax": "BT-117 VAT category tax amount",
        "category": "BT-118 VAT category code",
        "rate": "BT-119 VAT category rate",
        "reason": "BT-120 VAT exemption reason text",
    },
):
    """The VAT of one category and rate (BG-23)."""

    taxable: str
    tax: str
    category: str
    rate: str | None = None
    reason: str | None = None


class Totals(
    Shape,
    frozen=True,
    kw_only=True,
    rename={
        "lines": "BT-106 Sum of Invoice line net amount",
        "without_vat": "BT-109 Invoice total amount without VAT",
        "vat": "BT-110 Invoice total VAT amount",
        "with_vat": "BT-112 Invoice total amount with VAT",
        "paid": "BT-113 Paid amount",
        "due": "BT-115 Amount due for payment",
    },
):
    """The document totals (BG-22)."""

    lines: str
    without_vat: str
    vat: str
    with_vat: str
    paid: str
    due: str


class PreInvoice(
    Shape,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={
        "specification": "BT-24 Specification identifier",
        "type_code": "BT-3 Invoice type code",
        "currency": "BT-5 Invoice currency code",
        "buyer_reference": "BT-10 Buyer reference",
        "order_reference": "BT-13 Purchase order reference",
        "note": "BT-22 Invoice note",
        "delivered": "BT-72 Actual delivery date",
        "starts": "BT-73 Invoicing period start date",
        "ends": "BT-74 Invoicing period end date",
        "document": "BT-122 Supporting document reference",
        "seller": "BG-4 SELLER",
        "buyer": "BG-7 BUYER",
        "totals": "BG-22 DOCUMENT TOTALS",
        "breakdown": "BG-23 VAT BREAKDOWN",
        "lines": "BG-25 INVOICE LINE",
    },
):
    """The frozen statement of an organisation, for the program that issues invoices.

    BT-10 is the code of the paying department, BT-13 the number of the purchase order, BT-122 the
    number of the statement.
    """

    specification: str
    type_code: str
    currency: str
    note: str
    document: str
    delivered: date
    starts: date
    ends: date
    seller: Party
    buyer: Party
    totals: Totals
    breakdown: tuple[Breakdown, ...]
    lines: tuple[Line, ...]
    buyer_reference: str | None = None
    order_reference: str | None = None


SPECIFICATION = "urn:cen.eu:en16931:2017"
"""The value of BT-24."""
INVOICE, CREDIT_NOTE = "380", "381"
"""Values of BT-3."""
ONE = "C62"
"""The unit of measure "piece" (UN/ECE recommendation 20)."""
STANDARD, EXEMPT, OUT_OF_SCOPE = "S", "E", "O"
"""VAT category codes (BT-118, BT-151)."""
