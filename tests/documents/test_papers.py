"""The forms on paper carry every printed label and every answer; what cannot be printed is said, never left blank."""

from __future__ import annotations

import shutil
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from papers import NUMBER, filled, sheet, stamp, text

from healthcard.documents import paper, slips
from healthcard.documents.errors import GlyphMissing
from healthcard.documents.paper import Sheet
from healthcard.documents.press import TEMPLATES, Press, TemplateBroken
from healthcard.documents.slips import SLIPS, Slip
from healthcard.domain.forms import FORMS, KINDS, lines


def _joined(words):
    return "".join(words.split())


@pytest.mark.parametrize("kind", KINDS)
def test_every_label_of_the_field_table_stands_on_the_blank_form(kind):
    shown = text(paper.blank(kind))
    labels = [label for field in FORMS[kind].fields for label in (field.zh, *(each.zh for each in field.columns))]
    assert [label for label in labels if _joined(label) not in shown] == []
    assert _joined(FORMS[kind].zh) in shown
    assert _joined(FORMS[kind].number) in shown


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_stands_on_the_filled_form(kind):
    shown, values = text(paper.printed(sheet(kind))), filled(kind)
    days = {field.key for field in FORMS[kind].fields if field.type == "day"}
    for key, value in values.items():
        if key in days or not isinstance(value, str) or FORMS[kind].field(key).type in ("choice", "document_kind"):
            continue
        assert value in shown, key
    assert "情况属实" in shown
    assert ("护照" in shown) == ("document_kind" in values)
    if key_days := days & set(values):
        assert "2026年11月23日" in shown, key_days
    assert dict(lines(kind, values))  # the screen's reading of the same values works too


@pytest.mark.parametrize("kind", [kind for kind, form in FORMS.items() if form.paper])
def test_the_four_forms_of_the_law_have_a_template_of_their_own_and_fit_one_page(kind):
    assert (TEMPLATES / f"{kind}.typ").exists()
    assert len(pypdfium2.PdfDocument(paper.printed(sheet(kind)))) == 1


def test_the_bars_say_the_card_number_and_the_code_says_the_application():
    page = pypdfium2.PdfDocument(paper.printed(sheet("loss", values=filled("loss") | {"card_number": NUMBER})))[0]
    found = {each.format.name: each.text for each in zxingcpp.read_barcodes(page.render(scale=2).to_pil())}
    assert found == {"Code128": NUMBER, "QRCode": stamp("loss").encode()}


def test_a_blank_form_carries_no_code():
    page = pypdfium2.PdfDocument(paper.blank("loss"))[0]
    assert zxingcpp.read_barcodes(page.render(scale=2).to_pil()) == []


@pytest.mark.parametrize("character", ["𠮷", "\U0002b820", "\u202e", "😀"])
def test_a_character_without_a_glyph_is_named_instead_of_printed_as_a_box(character):
    with pytest.raises(GlyphMissing, match=f"U\\+{ord(character):04X}") as refused:
        paper.printed(sheet("loss", values={"name": f"张{character}"}))
    assert refused.value.characters == (character,)
    assert "张" not in refused.value.zh


@pytest.mark.parametrize("name", ["㙍䶮", "喆堃", "买买提·阿卜杜拉"])
def test_rare_characters_of_names_that_the_font_has_are_printed(name):
    assert name in text(paper.printed(sheet("loss", values={"name": name})))


@pytest.mark.parametrize(
    "hostile", ["#panic()", "$x$", "*粗*", '"]; #read("layout.typ")', "<a>", "@b", "//", "\\u{41}"]
)
def test_what_somebody_wrote_is_text_and_no_command_of_the_template(hostile):
    assert _joined(hostile) in text(paper.printed(sheet("loss", values={"loss_reason": hostile})))


def test_the_longest_answers_stay_on_the_page():
    rows = [dict.fromkeys(("item", "old", "new", "reason"), "长" * 200 + "W" * 200)] * 20
    pdf = paper.printed(
        sheet("replacement", values=filled("replacement") | {"changes": rows, "reason_text": "W" * 200})
    )
    for page in pypdfium2.PdfDocument(pdf):
        shown, width = page.get_textpage(), page.get_width()
        boxes = [shown.get_charbox(at) for at in range(shown.count_chars())]
        assert max(right for _, _, right, _ in boxes) <= width - 60


def test_a_template_that_does_not_compile_says_where(tmp_path):
    for part in TEMPLATES.iterdir():
        shutil.copy(part, tmp_path)
    (tmp_path / "loss.typ").write_text('#import "layout.typ": *\n#form((half("nome"),))\n', "utf-8")
    with pytest.raises(TemplateBroken, match=r"nome") as broken:
        paper.printed(sheet("loss"), Press(tmp_path))
    assert NUMBER not in str(broken.value)


def test_templates_of_another_folder_print_what_their_owner_changed(tmp_path):
    for part in TEMPLATES.iterdir():
        shutil.copy(part, tmp_path)
    layout = (tmp_path / "layout.typ").read_text("utf-8")
    (tmp_path / "layout.typ").write_text(layout.replace("申请人（签名）", "本人或代办人（签名）"), "utf-8")
    assert "本人或代办人（签名）" in text(paper.printed(Sheet(kind="loss", values={}), Press(tmp_path)))


@pytest.mark.parametrize("kind", SLIPS)
def test_every_slip_shows_its_lines_its_text_and_who_signs(kind):
    words = SLIPS[kind]
    rows = [["9" * 22, "0000000012", "HS202611230000000001"]] if words.columns else []
    given = {key: f"内容{at}" for at, key in enumerate(words.lines)}
    shown = text(slips.printed(Slip(kind=kind, lines=given, stamp=stamp(kind), card_number=NUMBER, rows=rows)))
    wanted = [
        *words.lines.values(),
        *given.values(),
        *words.text,
        *words.signatures,
        words.title,
        *(cell for row in rows for cell in row),
    ]
    assert [word for word in wanted if _joined(word) not in shown] == []


def test_the_hand_over_slip_prints_the_duties_of_the_holder():
    shown = text(slips.printed(Slip(kind="handover", lines={})))
    for duty in ("须出示居民健康卡", "妥善保管居民健康卡及相关信息，不得转让、转借", "损失，由持卡人自行承担"):
        assert duty in shown


def test_a_slip_refuses_a_line_it_does_not_have():
    with pytest.raises(KeyError, match="nonsense"):
        slips.printed(Slip(kind="receipt", lines={"nonsense": "1"}))


def test_only_our_own_fonts_are_embedded():
    pdf = BytesIO(paper.printed(sheet("loss"))).getvalue()
    names = {part.split(b"+")[1][:10] for part in pdf.split(b"/FontName/")[1:] or pdf.split(b"/FontName /")[1:]}
    assert names == {b"NotoSansSC"}
