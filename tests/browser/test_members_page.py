"""Members: find somebody, see what she may use, certify her, give and lose a badge."""

from playwright.sync_api import expect

from tests.browser.conftest import SignIn, World

CHLOE = "Chloé Dubrulle"
LUCIE = "Lucie Crombez"
LATE_FRAME = """
const next = requestAnimationFrame;
window.requestAnimationFrame = (act) => setTimeout(next, 50, act);
addEventListener("load", () => requestAnimationFrame(() => {
  document.activeElement.blur();
  document.documentElement.dataset.shown = "";
}));
"""
"""A browser that shows a page only after its load takes the focus away as it goes to the target."""


def test_search_as_you_type(signed_in: SignIn) -> None:
    page = signed_in("desk", "/members")
    page.locator("#q").press_sequentially("verm")
    expect(page.locator("#found")).to_contain_text("Wout Vermeersch")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    assert page.url.endswith("/members?q=verm")
    page.locator("#q").fill("zzz")
    expect(page.locator("#found")).to_contain_text("Personne ne porte ce nom")


def test_the_guardian_is_asked_for_once_minor_is_ticked(world: World, signed_in: SignIn) -> None:
    page = signed_in("manager")
    page.goto(f"{world.url}/members/{world.secrets.members[CHLOE]}/edit")
    guardian = page.get_by_role("group", name="Responsable légal, pour un mineur")
    expect(guardian).to_be_hidden()
    page.get_by_label("mineur", exact=True).check()
    expect(guardian).to_be_visible()
    guardian.get_by_label("Nom").fill("Hélène")
    guardian.get_by_label("Téléphone").fill("06 12 34 56 78")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#undo")).to_be_visible()
    page.goto(f"{world.url}/members/{world.secrets.members[CHLOE]}/edit")
    page.get_by_label("mineur", exact=True).uncheck()
    expect(guardian).to_be_visible()  # what stands there is seen


def test_search_and_pages_without_scripts(signed_in: SignIn) -> None:
    page = signed_in("desk", "/members", java_script_enabled=False)
    expect(page.locator("tbody tr")).to_have_count(40)
    people = int(page.locator(".now b").first.inner_text())
    page.get_by_role("link", name="Suite").click()
    expect(page.locator("tbody tr")).to_have_count(people - 40)
    page.get_by_role("link", name="Début").click()
    page.locator("#q").fill("hele")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Hélène de La Motte-Picquet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hélène de La Motte-Picquet")


def test_certify_by_keyboard_alone_and_take_it_back(world: World, signed_in: SignIn) -> None:
    page = signed_in("manager", f"/members/{world.secrets.members[CHLOE]}")
    missing = page.locator(".not > li", has_text="Perceuse à colonne")
    missing.get_by_role("button", name="Habiliter").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_contain_text("Habilitation donnée")
    expect(page.locator(".yes li", has_text="Perceuse à colonne")).to_be_visible()
    expect(page.locator(".rows > li", has_text="Machines à bois")).to_contain_text("Autonome")
    page.locator("#undo").get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(missing).to_be_visible()


def test_suspend_asks_why_and_the_desk_never_sees_it(world: World, signed_in: SignIn) -> None:
    address = f"/members/{world.secrets.members[LUCIE]}"
    page = signed_in("manager", address)
    item = page.locator(".rows > li", has_text="Règlement intérieur signé")
    item.locator("summary").click()
    item.get_by_role("textbox").fill("a prêté son badge")
    item.get_by_role("button", name="Suspendre le document").click()
    expect(item).to_contain_text("Motif : a prêté son badge".replace(" :", "\u00a0:"))
    page.locator(".brief summary", has_text="Suspendre").click()
    page.get_by_role("button", name="Règles non respectées").click()
    expect(page.locator("#sentence")).to_contain_text("Règles non respectées")
    desk = signed_in("desk", address)
    expect(desk.locator(".rows > li", has_text="Règlement")).to_contain_text("Suspendue")
    expect(desk.locator("#sentence")).to_contain_text("accès suspendu")
    for secret in ("a prêté son badge", "Règles non respectées"):
        expect(desk.locator("main")).not_to_contain_text(secret)
    page.get_by_role("button", name="Rétablir l’accès").click()
    expect(page.locator("#sentence")).not_to_contain_text("suspendu")


def test_give_lose_and_replace_a_badge(world: World, signed_in: SignIn) -> None:
    page = signed_in("manager", f"/members/{world.secrets.members[LUCIE]}")
    page.locator("#enrol summary").click()
    page.locator("#value").fill("04A1")
    page.get_by_role("button", name="Ajouter le badge").click()
    expect(page.locator("#value")).to_have_attribute("aria-invalid", "true")
    page.locator("#value").fill("04 a1 b2 c3 d4 e5 f6")
    page.get_by_role("button", name="Ajouter le badge").click()
    badge = page.locator(".rows > li", has_text="E5F6")
    expect(badge).to_contain_text("Actif")
    expect(page.locator("main")).not_to_contain_text("04A1B2C3D4E5F6")
    badge.locator("summary").click()
    badge.get_by_role("textbox").fill("04A1B2C3D4AAAA")
    page.keyboard.press("Enter")
    expect(badge).to_contain_text("Perdu")
    expect(page.locator(".rows > li", has_text="AAAA")).to_contain_text("Actif")
    page.locator("#undo").get_by_role("button").click()
    expect(badge).to_contain_text("Actif")


def test_a_new_member_certified_in_eight_acts(world: World, signed_in: SignIn) -> None:
    """Each line is an act: what is typed, chosen, pressed. A badge begins it, as a reader types."""
    page = signed_in("manager", "/members")
    page.keyboard.type("04A1B2C3D4BBBB\n")
    expect(page.locator("#badge")).to_have_value("04A1B2C3D4BBBB")
    expect(page.locator("#name")).to_be_focused()
    page.locator("#name").fill("Nouvelle Venue")
    page.locator("#plan").select_option(index=1)
    page.get_by_role("button", name="Ajouter Nouvelle Venue").click()
    expect(page.locator("#sentence")).to_contain_text("Peut entrer")
    missing = page.locator(".not > li", has_text="Perceuse à colonne")
    missing.get_by_role("button", name="Habiliter").click()
    expect(page.locator("#undo")).to_contain_text("Habilitation donnée")


def test_the_trainer_gives_what_she_teaches_and_nothing_else(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("trainer", f"/members/{world.secrets.members[LUCIE]}?give=laser")
    options = page.locator("#certification option").all_text_contents()
    assert "Découpe laser" in options
    assert "Règlement intérieur signé" not in options


def test_several_are_extended_by_keyboard_and_taken_back(signed_in: SignIn) -> None:
    page = signed_in("manager", "/members")
    boxes = page.locator("[name=member]")
    for number in range(3):
        boxes.nth(number).focus()
        page.keyboard.press("Space")
    chosen = page.locator("#chosen")
    expect(chosen.get_by_role("heading")).to_have_text(
        "3 personnes sélectionnées".replace(" p", "\u00a0p")
    )
    expect(chosen).to_contain_text("prolonger d’un an")
    chosen.locator(".other > summary").press("Enter")
    page.locator("#bulk_action").select_option("suspend")
    expect(chosen).to_contain_text("les badges ne marcheront plus")
    expect(boxes.nth(1)).to_be_checked()
    boxes.nth(1).focus()
    page.keyboard.press("Space")
    button = chosen.get_by_role("button", name="Suspendre 2")
    expect(button).to_be_enabled()
    page.locator("#reason").fill("pour l’essai")
    button.press("Enter")
    expect(page.locator("#undo")).to_contain_text("2 accès suspendus")
    page.locator("#undo").get_by_role("button").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Annulé pour 2")


def test_escape_closes_what_is_open_and_then_chooses_nobody(signed_in: SignIn) -> None:
    page = signed_in("manager", "/members")
    page.locator("[name=every]").check()
    chosen, panel = page.locator("#chosen"), page.locator("#chosen .panel")
    other = chosen.locator(".other > summary")
    other.click()
    page.locator("#bulk_action").focus()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(other).to_be_focused()
    page.keyboard.press("Escape")
    expect(chosen.get_by_role("heading")).to_have_count(0)
    expect(page.locator("#several :checked")).to_have_count(0)


def test_several_without_scripts(signed_in: SignIn) -> None:
    page = signed_in("manager", "/members?q=de", java_script_enabled=False)
    page.locator("[name=every]").check()
    page.get_by_role("button", name="Agir sur les personnes sélectionnées").click()
    page.locator("#bulk_action").select_option("suspend")
    page.get_by_role("button", name="Voir l’effet").click()
    expect(page.locator("main")).to_contain_text("les badges ne marcheront plus")
    page.get_by_role("link", name="Tout désélectionner").click()
    expect(page.locator("#q")).to_have_value("de")


def test_two_records_are_merged_by_name(signed_in: SignIn) -> None:
    page = signed_in("manager", "about:blank")
    for name in ("Berenice Caudr", "Bérénice Caudrelier-Wojciechowski"):
        page.goto(f"/members?q={name}#add")
        expect(page.locator("#name")).to_have_value(name)
        page.locator("main form[data-line] .is-main").click()
        if page.get_by_role("heading", level=1).text_content() == "Ajouter quelqu’un":
            page.locator("main form[data-line] .is-main").click()
    page.get_by_role("link", name="Réunir avec une autre fiche").click()
    page.locator("#q").fill("berenice")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Comparer").first.click()
    page.locator("#name").fill("Bérénice Caudrelier-Wojciechowski")
    page.get_by_role("button", name="Réunir les deux fiches").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Berenice Caudr")
    expect(page.get_by_role("status").first).to_contain_text("Fiches réunies")


def test_the_list_by_keyboard(signed_in: SignIn) -> None:
    page = signed_in("manager", "/members")
    links, boxes = page.locator("a.row"), page.locator("[name=member]")
    links.nth(0).focus()
    page.keyboard.press("ArrowUp")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(boxes.nth(1)).to_be_checked()
    expect(page.locator("#chosen").get_by_role("heading")).to_contain_text("1")
    expect(links.nth(1)).to_be_focused()
    name = links.nth(1).text_content() or ""
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_link_to_a_folded_part_opens_it_below_the_bar(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk", "/", viewport={"width": 390, "height": 844})
    page.add_init_script(LATE_FRAME)
    page.goto(f"/members/{world.secrets.members[LUCIE]}#enrol")
    page.locator("html[data-shown]").wait_for()
    field = page.locator("#enrol input[name=value]")
    expect(field).to_be_focused()
    bar = page.locator(".bar-top").bounding_box()
    fold = page.locator("#enrol").bounding_box()
    assert bar
    assert fold
    assert fold["y"] >= bar["y"] + bar["height"]
    page.locator("#enrol summary").click()
    expect(field).to_be_hidden()
    page.evaluate("location.hash = ''; location.hash = 'enrol'")
    expect(field).to_be_focused()
