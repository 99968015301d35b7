"""When a passage is the answer, when a question comes back, and when a person is called."""

from __future__ import annotations

import pytest

from actions import did_not_help, fallback, faq, handoff, people, places, research, small_talk
from actions.quoting import shorten
from actions.registry import ACTIONS
from tests.unit.actions.conftest import MakeTalk

ONLINE, REFUSED = "faq/renewal#renew-online:en", "faq/renewal#renew-refused:en"
AUTO = "faq/renewal#auto-renewal:en"


def test_a_good_passage_is_the_answer_with_its_source(talk: MakeTalk) -> None:
    found = [(ONLINE, 0.9), (REFUSED, 0.8), ("faq/space_info#nap:en", 0.2)]
    reply = faq.faq(talk("how do i renew", "renewal", found=found))
    content = reply.contents[0]
    assert content.rateable and content.topic == "renewal"
    assert content.citations[0].section == "How do I renew a book?" and content.citations[0].reviewed
    assert [choice.title for choice in content.choices] == ["Why can't I renew my book?"]
    assert reply.slots["shown"] == ["faq/renewal#renew-online"] and reply.slots["misses"] == 0


def test_a_question_and_answer_goes_before_a_guide_that_is_hardly_better(talk: MakeTalk) -> None:
    found = [("guide/off-campus-access#sign-in:en", 0.85), ("faq/remote_access#ra-from-home:en", 0.8)]
    assert (
        faq.faq(talk("can I read from home", found=found)).contents[0].citations[0].guide == "remote_access"
    )


def test_nothing_good_is_never_answered(talk: MakeTalk) -> None:
    least = talk("blorp").enough.answer
    reply = faq.faq(talk("blorp", "renewal", found=[(ONLINE, least - 0.01)]))
    assert not reply.contents[0].citations and reply.slots["misses"] == 1


def test_the_three_steps(talk: MakeTalk) -> None:
    weak = [(ONLINE, 0.45), (REFUSED, 0.44)]
    ranking = [("renewal", 0.3), ("account", 0.2), ("out_of_scope", 0.2), ("thanks", 0.1), ("hours", 0.1)]
    first = fallback.not_understood(talk("the thing again", found=weak, ranking=ranking))
    assert [c.payload for c in first.contents[0].choices] == [
        '/renewal{"about": "question"}', '/account{"about": "question"}', '/hours{"about": "question"}',
        "/human_handoff",
    ]  # fmt: skip
    second = fallback.not_understood(talk("that thing once more", found=weak, slots={"misses": 1}))
    assert "How do I renew a book?" in second.contents[0].text and second.slots["misses"] == 2
    third = fallback.not_understood(talk("no, the other thing", found=weak, slots={"misses": 2}))
    assert third.handoff is not None and third.handoff.reason == "not_understood"


def test_a_person_is_offered_and_not_called_for_a_word(talk: MakeTalk) -> None:
    reply = fallback.not_understood(talk("blorp", slots={"misses": 2}))
    assert reply.handoff is None and reply.contents[0].choices[0].payload == "/human_handoff"


def test_a_chosen_topic_answers_the_question_before(talk: MakeTalk) -> None:
    pressed = talk("", "renewal", values={"about": "question"}, slots={"last_question": "again please"},
                   found=[(REFUSED, 0.5)])  # fmt: skip
    assert faq.faq(pressed).contents[0].citations[0].url.endswith("#renew-refused")


def test_a_chosen_topic_without_an_answer_offers_its_questions(talk: MakeTalk) -> None:
    pressed = talk("", "renewal", values={"about": "question"}, slots={"last_question": "xyz"})
    titles = [choice.title for choice in faq.faq(pressed).contents[0].choices]
    assert "How do I renew a book?" in titles


def test_a_see_also_choice_shows_its_passage_in_the_language_of_now(talk: MakeTalk) -> None:
    pressed = talk("", "renewal", values={"passage": "faq/renewal#renew-refused"}, language="ar")
    assert faq.faq(pressed).contents[0].citations[0].url.endswith("/ar/faq/renewal#renew-refused")


def test_other_results_and_then_a_person(talk: MakeTalk) -> None:
    slots = {
        "last_question": "how do i renew",
        "last_topic": "renewal",
        "shown": ["faq/renewal#renew-online"],
    }
    found = [(ONLINE, 0.9), (REFUSED, 0.6), (AUTO, 0.5)]
    first = did_not_help.did_not_help(talk("that didn't help", "did_not_help", slots=slots, found=found))
    assert "How do I renew a book?" not in first.contents[0].text
    assert first.slots["last_question"] == "how do i renew"
    second = did_not_help.did_not_help(
        talk("no", "did_not_help", slots={**slots, **first.slots}, found=found)
    )
    assert second.handoff is not None and second.handoff.question == "how do i renew"
    assert len(second.handoff.tried) == 3


def test_a_thumb_down_is_the_same(talk: MakeTalk) -> None:
    slots = {
        "last_question": "how do i renew",
        "last_topic": "renewal",
        "shown": ["faq/renewal#renew-online"],
    }
    reply = did_not_help.did_not_help(talk("", "did_not_help", slots=slots, found=[(ONLINE, 0.9)]))
    assert reply.handoff is not None and reply.handoff.reason == "did_not_help"


def test_did_not_help_with_nothing_before(talk: MakeTalk) -> None:
    assert did_not_help.did_not_help(talk("not helpful", "did_not_help")).handoff is None


def test_asking_for_somebody_by_name(talk: MakeTalk) -> None:
    packet = handoff.person(talk("I want to speak to Rania Aziz", "human_handoff")).handoff
    assert packet is not None and packet.wanted == "rania-aziz"


def test_a_name_that_is_nobody_is_not_wanted(talk: MakeTalk) -> None:
    packet = handoff.person(talk("", "human_handoff", values={"wanted": "nobody"})).handoff
    assert packet is not None and packet.wanted is None


def test_who_handles_something(talk: MakeTalk) -> None:
    found = [("faq/staff_lookup#find-staff:en", 0.8), ("faq/loan_policy#overdue-fines:en", 0.7)]
    content = people.staff(talk("who handles fines", "staff_lookup", found=found)).contents[0]
    assert "Khalid Rahman" in content.text
    assert content.choices[0].payload == '/human_handoff{"wanted": "khalid-rahman"}'


def test_the_librarian_of_a_subject(talk: MakeTalk) -> None:
    text = (
        people.subject_librarian(talk("who is the biology librarian", "subject_librarian")).contents[0].text
    )
    assert text.startswith("The librarian for Biology is **Layla Haddad**.")


def test_a_shelf_by_its_letter(talk: MakeTalk) -> None:
    text = (
        places.where(talk("which floor are the books starting with T", "location_directions"))
        .contents[0]
        .text
    )
    assert "Q–Z" in text and "floor 4" in text


def test_a_person_s_office(talk: MakeTalk) -> None:
    text = places.where(talk("where is Omar Nassar's office", "location_directions")).contents[0].text
    assert text == "Omar Nassar's office: Science and Engineering Library, floor 1, room 102."


def test_out_of_scope_is_said_and_not_answered(talk: MakeTalk) -> None:
    reply = small_talk.out_of_scope(
        talk("what is the capital of mongolia", "out_of_scope", found=[(ONLINE, 0.6)])
    )
    assert "outside what I know" in reply.contents[0].text and not reply.contents[0].citations


def test_what_a_guide_plainly_has_is_answered_all_the_same(talk: MakeTalk) -> None:
    found = [("faq/software_access#microsoft-365:en", 0.92)]
    reply = small_talk.out_of_scope(talk("how do I get word and excel", "out_of_scope", found=found))
    assert reply.contents[0].citations[0].url.endswith("#microsoft-365")


def test_the_interview_is_not_begun_where_a_guide_answers(talk: MakeTalk) -> None:
    found = [("guide/judging-sources#five-questions:en", 0.8)]
    reply = research.begin(
        talk("How do I know if a source is reliable?", "research_consultation", found=found)
    )
    assert reply.slots["interview"] is False and reply.contents[0].choices[0].title == "Find sources with me"


def test_the_result_of_the_interview(talk: MakeTalk) -> None:
    slots = {
        "research_topic": "screen time and toddlers", "research_subject": "psychology",
        "research_level": "masters", "research_tried": "skipped",
    }  # fmt: skip
    reply = research.result(talk(slots=slots))
    text = reply.contents[0].text
    assert "AND toddler*" in text and "Databases for Psychology" in text and "Nadia Khoury" in text
    assert reply.contents[0].citations[0].guide == "subject-psychology"


def test_long_passages_are_cut_at_an_end() -> None:
    text = "One sentence here. " * 20 + "\n\n" + "- item one\n- item two\n" * 30
    short, cut = shorten(text, 400)
    assert cut and len(short) <= 460 and short.rstrip().endswith((".", "one", "two"))
    whole, cut = shorten("Short.\n\n### More\nText.", 400)
    assert not cut and whole == "Short.\n\n**More**\nText."


def test_a_short_question_leans_on_the_answer_before(talk: MakeTalk) -> None:
    cost, fines = "faq/interlibrary_loan#ill-cost-limit:en", "faq/loan_policy#overdue-fines:en"
    before = {"last_topic": "interlibrary_loan", "shown": ["faq/interlibrary_loan#ill-request"], "misses": 0}
    asked = talk("and what does it cost", slots=before, found=[(fines, 0.6), (cost, 0.58)])
    assert fallback.not_understood(asked).contents[0].citations[0].url.endswith("#ill-cost-limit")
    asked = talk("and what does it cost", slots={**before, "misses": 1}, found=[(fines, 0.5), (cost, 0.5)])
    assert fallback.not_understood(asked).slots["misses"] == 2


def test_a_name_alone_is_enough(talk: MakeTalk) -> None:
    said = {text: ACTIONS["action_small_talk"](talk(text, "goodbye", confidence=0.5)).contents[0].text
            for text in ("layla haddad", "scopus", "sociology", "prayer room", "see you")}  # fmt: skip
    assert "Life Sciences Librarian" in said["layla haddad"]
    assert "https://www.scopus.com/" in said["scopus"]
    assert "for Sociology" in said["sociology"]
    assert "behind the stairs" in said["prayer room"]
    assert said["see you"].startswith("Goodbye")


def test_a_doubtful_out_of_scope_is_asked_back(talk: MakeTalk) -> None:
    ranking = [("out_of_scope", 0.5), ("renewal", 0.3)]
    doubtful = talk("the thing with the date", "out_of_scope", confidence=0.5, ranking=ranking)
    assert small_talk.out_of_scope(doubtful).contents[0].choices[0].payload == '/renewal{"about": "question"}'


def test_writing_an_essay_is_not_ours_but_finding_sources_is(talk: MakeTalk) -> None:
    text = "write my essay about climate migration"
    reply = small_talk.out_of_scope(talk(text, "out_of_scope"))
    assert reply.contents[0].choices[0].title == "Find sources with me"
    begun = research.begin(talk("", "research_consultation", values={"begin": "yes"}, slots=reply.slots))
    assert begun.slots["research_topic"] == "climate migration"


def test_a_guides_opening_lines_are_answered_with_its_first_section(talk: MakeTalk) -> None:
    reply = faq.faq(talk("what does peer review mean", found=[("guide/peer-review-explained#top:en", 0.9)]))
    assert reply.contents[0].text.startswith("**What peer review is**")


def test_keys_pressed_at_random_make_no_topics(talk: MakeTalk) -> None:
    ranking = [("renewal", 0.3), ("account", 0.2)]
    reply = fallback.not_understood(talk("asdf jkl", language="ar", ranking=ranking, found=[(ONLINE, 0.5)]))
    assert [choice.payload for choice in reply.contents[0].choices] == ["/human_handoff"]


@pytest.mark.parametrize(
    ("wish", "asked"),
    [
        ("can i speak to a human", "my hold never came"),
        ("بدي احكي مع موظف لو سمحت", "my hold never came"),
        ("أريد موظفًا حقيقيًّا من فضلك", "my hold never came"),
        ("بدي أحكي مع حدا من المكتبة", "my hold never came"),
        ("هل يمكنني التحدث مع أحد الموظفين؟", "my hold never came"),
        ("I'd like to talk to somebody about a fine", None),
        ("ممكن احكي مع حد عن غرامة الكتاب", None),
        ("أريد موظفًا يراجع غرامة", None),
    ],
)
def test_a_person_is_asked_what_was_asked_and_not_the_wish(
    talk: MakeTalk, wish: str, asked: str | None
) -> None:
    reply = handoff.person(talk(wish, "human_handoff", slots={"last_question": "my hold never came"}))
    assert reply.handoff is not None and reply.handoff.question == (asked or wish)


@pytest.mark.parametrize("text", ["where is the gym", "وين البنك", "وين الجيم"])
def test_what_is_none_of_the_library_is_no_room_of_it(talk: MakeTalk, text: str) -> None:
    reply = faq.place_question(talk(text, "location_directions"))
    assert reply.contents[0].topic == "out_of_scope"
    ours = faq.place_question(talk("where is the medical library", "location_directions"))
    assert ours.contents[0].topic == "location_directions"


def test_whether_something_can_be_cancelled_is_a_question(talk: MakeTalk) -> None:
    slots = {"last_topic": "room_booking", "shown": ["faq/room_booking#book-group-room"]}
    found = [("faq/room_booking#room-late-cancel:en", 0.9)]
    asked = small_talk.go_on(talk("can i cancel", "cancel", slots=slots, found=found))
    assert asked.contents[0].citations[0].url.endswith("#room-late-cancel")
    said = small_talk.go_on(talk("cancel", "cancel", slots=slots, found=found))
    assert not said.contents[0].citations
