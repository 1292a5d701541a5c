//! The operator script from files of answers: the three calls of its description with exactly
//! their answers, and the ways that a call may take besides.
#![allow(clippy::unwrap_used)]

mod script_store;

use script_store::{Store, cost};

const MONDAY: &str = "2026-11-23T10:00";
const LATER: &str = "2026-11-23T10:05";
const TUESDAY: &str = "2026-11-24T10:00";

/// (a): a known patient, the clinic agrees at once.
const KNOWN: &str = "щук п\n1\nтер 1\nср 9-12\n\n11.30\n1\n";
/// (b): a new patient, a misheard surname, other times.
const NEW: &str = "лобан\n2\n4511223344\nлобанова дарья олеговна\n..\nлабанова\n9161234567\n\
                   кард 2\nчт 9-11\n\nчт 15-17, пт 9-12\nпт 10-12\n10.30\n1\n";
/// A known patient whom the clinic offers other times.
const OTHER_TIMES: &str = "щук п\n1\nтер 1\nср 9-12\n\nчт 15-17, пт 9-12\nпт 10-12\n10.30\n1\n";

/// The answers of a call of the known patient up to the clinic's answer.
fn called(rest: &str) -> String {
    format!("щук п\n1\nтер 1\nср 9-12\n\n{rest}")
}

/// What a text holds, line by line in this order.
fn holds(text: &str, lines: &[&str]) {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = flat.as_str();
    for line in lines {
        let at = rest.find(line);
        assert!(at.is_some(), "«{line}» is not in what is left of\n{text}");
        rest = &rest[at.unwrap() + line.len()..];
    }
}

#[test]
fn a_rehearsal_says_at_once_that_there_is_none() {
    let store = Store::new();
    let said = store.play(&["--dry-run"], KNOWN, MONDAY, 2);
    assert!(said.contains("не ведут с `--dry-run`"), "{said}");
}

#[test]
fn a_known_patient_and_a_clinic_that_agrees_at_once() {
    let store = Store::new();
    assert_eq!(cost(KNOWN), (7, 31));
    insta::assert_snapshot!("known_screens", store.play(&[], KNOWN, MONDAY, 0));
    insta::assert_snapshot!("known_files", store.files());
    store.run(&["check", "--strict"]);
}

#[test]
fn a_known_patient_and_a_clinic_that_offers_other_times() {
    let store = Store::new();
    let (answers, keys) = cost(OTHER_TIMES);
    assert!(answers <= 9 && keys <= 60, "{answers} answers, {keys} keys");
    store.play(&[], OTHER_TIMES, MONDAY, 0);
    insta::assert_snapshot!("other_times_files", store.files());
    store.run(&["check", "--strict"]);
}

#[test]
fn a_new_patient_with_a_misheard_surname() {
    let store = Store::new();
    let (answers, keys) = cost(NEW);
    assert!(answers == 14 && keys <= 120, "{answers} answers, {keys} keys");
    insta::assert_snapshot!("new_screens", store.play(&[], NEW, MONDAY, 0));
    insta::assert_snapshot!("new_files", store.files());
    insta::assert_snapshot!("new_patient", store.patient("лабанова"));
    store.run(&["check", "--strict"]);
}

#[test]
fn a_visit_is_moved_and_a_day_later_cancelled() {
    let store = Store::new();
    store.play(&[], KNOWN, MONDAY, 0);
    let (moved, cancelled) = ("щук п\n1\nчт 9-12\n1\n10.30\n1\n", "щук п\n2\n\n1\n");
    assert_eq!(cost(moved), (6, 26));
    assert_eq!(cost(cancelled), (4, 11));
    insta::assert_snapshot!("moved_screens", store.play(&[], moved, LATER, 0));
    insta::assert_snapshot!("cancelled_screens", store.play(&[], cancelled, TUESDAY, 0));
    insta::assert_snapshot!("moved_and_cancelled_files", store.files());
    assert_eq!(store.output(&["check", "--strict"], TUESDAY).2, 0);
}

#[test]
fn the_call_in_english() {
    let store = Store::new();
    let answers = "щук п\n1\nтер 1\nwed 9-12\n\nthu 15-17\n1\n16\n1\n";
    let text = store.play(&["--lang", "en"], answers, MONDAY, 0);
    insta::assert_snapshot!("english_screens", text);
    // What is Russian comes from the records, or was typed.
    let records = "Анна Смирнова Щукин Пётр Фёдорович Терапевт терапевт Поликлиника г Москва ул \
                   Ленина д щук п тер";
    let words = text.split(|c: char| !c.is_alphabetic());
    let is_russian = |word: &&str| word.chars().any(|c| ('А'..='ё').contains(&c));
    for word in words.filter(is_russian) {
        assert!(records.split_whitespace().any(|known| known == word), "{word}");
    }
}

#[test]
fn a_visit_is_moved_to_another_clinic_and_both_clinics_are_called() {
    let store = Store::new();
    store.play(&[], KNOWN, MONDAY, 0);
    let text = store.play(&[], "щук п\n1\nчт 9-12\n3\nтер 2\n1\n10.30\n1\n1\n", LATER, 0);
    holds(
        &text,
        &[
            "3 Сменить врача или клинику",
            "✓ Терапевт · Поликлиника № 2",
            "Позвоните в клинику: +7 495 607-97-57",
            "Запишите, пожалуйста",
            "Прежняя, #1, закрыта: перенос.",
            "Позвоните в клинику: +7 495 237-72-97",
            "«Снимите, пожалуйста, запись: Щукин Пётр Фёдорович, терапевт, среда, 25 ноября, 11:30»",
            "✓ Заявка #1: клиника знает об отмене. Сохранено здесь",
        ],
    );
    assert!(store.files().contains("event = \"clinic-told\""));
    store.run(&["check", "--strict"]);
}

#[test]
fn nothing_is_changed_where_a_move_is_thought_better_of() {
    let store = Store::new();
    store.play(&[], KNOWN, MONDAY, 0);
    let before = store.files();
    let text = store.play(&[], "щук п\n1\nчт 9-12\n2\n", MONDAY, 0);
    holds(&text, &["Ничего не изменено."]);
    assert_eq!(before, store.files());
    // Where the patient was being told, that call goes on.
    let store = Store::new();
    let text = store.play(&[], &called("11.30\n3\nчт 9-12\n2\n1\n"), MONDAY, 0);
    holds(&text, &["Ничего не изменено.", "1 Пациент знает: завершить", "Обработана."]);
    store.run(&["check", "--strict"]);
}

#[test]
fn a_visit_that_is_being_moved_can_be_kept_as_it_was() {
    const KEEP: &str = "1 Оставить прежнее время: среда, 25 ноября, 11:30";
    const LEAVE: &str = "Скажите клинике: «Прежнюю запись, пожалуйста, оставьте».";
    let told = ["✓ Время приёма: среда, 25 ноября, 11:30", "Обработана. Прежняя, #1, закрыта"];
    for (rest, other_clinic) in [
        // The clinic did not answer, and the patient phones again.
        ("1\nпозже\nщук п\n1\n1\n", false),
        ("1\nнет\nпозже\nщук п\n1\n1\n", false),
        // It has nothing free.
        ("1\nнет\n1\n1\n", false),
        ("1\nпозже\nщук п\nоставить\n1\n", false),
        // Who says that there is to be no visit thinks better of it.
        ("1\nпозже\nщук п\nотказ\nоставить\n1\n", false),
        ("3\nтер 2\n1\nнет\n1\n1\n", true),
    ] {
        let store = Store::new();
        store.play(&[], KNOWN, MONDAY, 0);
        let mut text = String::new();
        for call in calls(&format!("щук п\n1\nчт 9-12\n{rest}")) {
            text += &store.play(&[], &call, LATER, 0);
        }
        let keep = match other_clinic {
            true => format!("{KEEP} · Поликлиника № 1"),
            false => KEEP.to_owned(),
        };
        let shown = if rest.contains("отказ") {
            "тоже будет отменена"
        } else {
            keep.as_str()
        };
        holds(&text, &["На когда перенести?", shown, told[0], told[1]]);
        // Whoever was spoken to may have been asked to take it off.
        assert_eq!(text.contains(LEAVE), rest.contains("нет"), "{rest}: {text}");
        assert!(!text.contains("Снимите, пожалуйста, запись"), "{rest}: {text}");
        // Nobody is sent to the clinic to take off what stands.
        let queue = store.run(&["queue"]);
        assert!(!queue.contains("отменить приём"), "{rest}: {queue}");
        let now = store.run(&["request", "list", "--status", "processed", "-o", "json"]);
        assert!(now.contains("\"clinic\":\"poliklinika-1\""), "{rest}: {now}");
        store.run(&["check"]);
    }
    // Once the clinic has offered other times, it took the old one off: it is asked.
    let store = Store::new();
    store.play(&[], KNOWN, MONDAY, 0);
    let text = store.play(&[], "щук п\n1\nчт 9-12\n1\nпт 9-12\nнет\n1\n11.30\n1\n", LATER, 0);
    holds(
        &text,
        &[
            "1 Спросить клинику о прежнем времени: среда, 25 ноября, 11:30",
            "Что ответила клиника?",
            told[0],
            told[1],
        ],
    );
    store.run(&["check"]);
}

/// Answers cut where a call ends and the next one begins.
fn calls(answers: &str) -> Vec<String> {
    answers.replace("позже\n", "позже\n\0").split('\0').map(str::to_owned).collect()
}

#[test]
fn the_patient_refuses_what_the_clinic_offers() {
    let store = Store::new();
    let text = store.play(&[], &called("чт 15-17\nотказ\nдалеко\n"), MONDAY, 0);
    holds(&text, &["Причина", "✓ Заявка #1: Пациент отказался. Вернуть: appt undo."]);
    insta::assert_snapshot!("refused_files", store.files());
    store.run(&["check", "--strict"]);
}

#[test]
fn nothing_free_and_another_clinic() {
    let store = Store::new();
    let text = store.play(&[], &called("нет\n1\n11.30\n1\n"), MONDAY, 0);
    holds(
        &text,
        &[
            "1 Другая клиника: Поликлиника № 2",
            "2 Позвонить позже",
            "3 Пациент отказывается",
            "✓ Другая клиника: Поликлиника № 2",
            "Позвоните в клинику: +7 495 607-97-57",
            "Поликлиника № 2, адрес: г. Москва, ул. Мира, д. 7.",
            "Обработана",
        ],
    );
    let files = store.files();
    assert!(files.contains("clinic = \"poliklinika-2\"\n"), "{files}");
    store.run(&["check", "--strict"]);
}

#[test]
fn nothing_free_and_later_or_a_refusal() {
    let store = Store::new();
    let text = store.play(&[], &called("нет\n2\n"), MONDAY, 0);
    holds(&text, &["✓ Заявка #1 ждёт: записать ответ клиники. Продолжить: appt script #1."]);
    // The clinic did answer, and what it said is found in the history.
    assert!(!store.files().contains("event = \"no-answer\""));
    let told = "Поликлиника № 1: свободного времени нет";
    assert!(store.files().contains(&format!("event = \"note\", text = \"{told}\"")));
    assert!(store.run(&["log", &store.ids()[0]]).contains(told));
    let text = store.play(&[&store.ids()[0][9..12]], "нет\n3\n", MONDAY, 0);
    holds(&text, &["✓ Заявка #1: Пациент отказался."]);
    store.run(&["check"]);
}

#[test]
fn nobody_answers_and_the_call_goes_on_later() {
    let store = Store::new();
    let text = store.play(&[], &called("позже\n"), MONDAY, 0);
    holds(&text, &["✓ Заявка #1 ждёт: записать ответ клиники."]);
    assert!(store.files().contains("status = \"in-progress\""));
    let text = store.play(&[&store.ids()[0][9..12]], "11.30\n2\n", TUESDAY, 0);
    holds(&text, &["Позвоните в клинику", "Сообщите пациенту", "ждёт: сообщить пациенту время"]);
    store.play(&[&store.ids()[0][9..]], "1\n", TUESDAY, 0);
    assert_eq!(store.files().matches("event = \"no-answer\"").count(), 2);
    assert!(store.files().contains("status = \"processed\""));
    assert_eq!(store.output(&["check", "--strict"], TUESDAY).2, 0);
}

#[test]
fn an_empty_first_answer_opens_the_most_urgent() {
    let store = Store::new();
    store.play(&[], &called("11.30\n2\n"), MONDAY, 0);
    let text = store.play(&[], "\n1\n", MONDAY, 0);
    holds(
        &text,
        &[
            "в очереди 1 заявка",
            "Enter — самая срочная: Щукин П. Ф., сообщить пациенту время (#1).",
            "Сообщите пациенту",
            "Обработана",
        ],
    );
}

#[test]
fn times_that_fit_in_part_are_offered_first_and_narrowed() {
    let store = Store::new();
    let text = store.play(&[], &called("ср 11-15\n1\n11.30\n1\n"), MONDAY, 0);
    holds(
        &text,
        &[
            "Время совпало частично. Позвоните пациенту",
            "из удобного вам времени клиника предлагает: в среду, 25 ноября, с 11:00 до 12:00",
            "1 среда, 25 ноября, 11:00–12:00: подходит обоим",
            "2 среда, 25 ноября, 11:00–15:00, целиком",
            "✓ Подходит обоим: среда, 25 ноября, 11:00–12:00",
        ],
    );
    store.run(&["check", "--strict"]);

    let store = Store::new();
    let text = store.play(&[], &called("пт 9-12\nпт 10-13\n1\n10.30\n1\n"), MONDAY, 0);
    holds(
        &text,
        &[
            "Вне времени клиники. Подходит: пятница, 27 ноября, 10:00–12:00. Записать это?",
            "✓ Подходит обоим: пятница, 27 ноября, 10:00–12:00",
        ],
    );
    store.run(&["check", "--strict"]);
}

#[test]
fn a_time_outside_the_ranges_is_asked_about_first() {
    let store = Store::new();
    let text = store.play(&[], &called("чт 15.30\n2\n11.30\n2\n"), MONDAY, 0);
    holds(
        &text,
        &["четверг, 26 ноября, 15:30: вне удобного пациенту времени (среда", "2 Другое время"],
    );
    assert!(store.files().contains("appointment = 2026-11-25T11:30"));

    let store = Store::new();
    store.play(&[], &called("чт 15.30\n1\n1\n"), MONDAY, 0);
    assert!(store.files().contains("appointment = 2026-11-26T15:30"));
    store.run(&["check"]);
}

#[test]
fn a_clinic_that_offered_times_and_has_none_left() {
    let store = Store::new();
    let text = store.play(&[], &called("чт 15-17\n1\nнет\n1\n16\n1\n"), MONDAY, 0);
    holds(
        &text,
        &[
            "На какое время записали?",
            "У клиники нет свободного времени.",
            "✓ Другая клиника: Поликлиника № 2",
            "Что ответила клиника?",
            "✓ Время приёма: четверг, 26 ноября, 16:00",
        ],
    );
    store.run(&["check", "--strict"]);
    // Or it has others now.
    let store = Store::new();
    store.play(&[], &called("чт 15-17\n1\nпт 9-12\n1\n11\n1\n"), MONDAY, 0);
    store.run(&["check", "--strict"]);
}

#[test]
fn a_mistyped_appointment_is_mended() {
    let store = Store::new();
    let text = store.play(&[], &called("11.30\n5\n11\n1\n"), MONDAY, 0);
    holds(
        &text,
        &["Сейчас записано: среда, 25 ноября, 11:30.", "✓ Время приёма: среда, 25 ноября, 11:00"],
    );
    assert!(store.files().contains("\nappointment = 2026-11-25T11:00"));
    store.run(&["check", "--strict"]);
    // Mistyped once more: the time is asked again.
    let store = Store::new();
    let text = store.play(&[], &called("11.30\n5\n18\n2\n11\n1\n"), MONDAY, 0);
    let asked = "На какое время клиника записала на самом деле?";
    holds(&text, &[asked, "вне удобного пациенту времени", "2 Другое время", asked]);
    assert!(store.files().contains("\nappointment = 2026-11-25T11:00"));
}

#[test]
fn that_the_time_is_past_is_said_before_it_is_read_out() {
    const TOO_LATE: &str = "2026-11-30T10:00";
    let store = Store::new();
    store.play(&[], &called("позже\n"), MONDAY, 0);
    let id = store.ids().remove(0);
    let past = "Внимание: удобное пациенту время уже прошло. Спросите новое";
    let asked = ["время уже прошло", "Позвоните пациенту", "Когда пациенту удобно теперь?"];
    holds(&store.play(&[&id], "позже\n", TOO_LATE, 0), &asked);
    assert!(store.output(&["request", "next", &id], TOO_LATE).0.contains(past));
    assert!(!store.output(&["request", "next", &id], MONDAY).0.contains("Внимание"));
    store.play(&[&id], "11.30\n2\n", LATER, 0);
    let past = "Внимание: время приёма уже прошло. Спросите пациента";
    let text = store.play(&[&id], "2\n", TOO_LATE, 0);
    holds(&text, &[past, "Позвоните пациенту", "1 Пациент был на приёме", "3 Пациент не был"]);
    assert!(!text.contains("Прочтите") && !text.contains("appt request"), "{text}");
    assert!(store.output(&["request", "next", &id], TOO_LATE).0.contains(past));
}

/// What is over is offered to nobody, and asked of nobody.
#[test]
fn times_that_are_over_are_not_offered() {
    const AFTER: &str = "2026-11-26T10:00";
    // The patient: Wednesday; the clinic: Wednesday and Friday. On Thursday the patient is asked anew,
    // and the clinic after that.
    let store = Store::new();
    store.play(&[], &called("ср 10-12, пт 9-12\nпозже\n"), MONDAY, 0);
    let id = store.ids().remove(0);
    let text = store.play(&[&id], "пт 9-11\n10\nпозже\n", AFTER, 0);
    holds(&text, &["Удобное пациенту время уже прошло", "Позвоните в клинику", "пятница"]);
    assert!(!text.contains("подходит обоим") && !text.contains("appt request"), "{text}");
    // The patient: any day; what the clinic offered first is over.
    let store = Store::new();
    store.play(&[], &called("ср 10-12\nпозже\n"), MONDAY, 0);
    let id = store.ids().remove(0);
    store.run(&["request", "add-ranges", &id, "--patient", "пт 9-18", "--take-over"]);
    holds(&store.play(&[&id], "позже\n", AFTER, 0), &["Позвоните в клинику"]);
    store.run(&["request", "add-ranges", &id, "--clinic", "пт 17-20", "--take-over"]);
    let text = store.play(&[&id], "позже\n", AFTER, 0);
    holds(&text, &["Время совпало частично", "1 пятница, 27 ноября, 17:00–18:00: подходит обоим"]);
    assert!(!text.contains("1 среда"), "{text}");
}

#[test]
fn answers_that_are_left_are_told() {
    let store = Store::new();
    let text = store.play(&[], &format!("{KNOWN}\nтихон\n1\n"), MONDAY, 0);
    holds(&text, &["Обработана", "Разговор окончен, а в файле остались ответы: 2."]);
}

#[test]
fn the_patient_who_is_told_wants_another_time() {
    let store = Store::new();
    let text = store.play(&[], &called("11.30\n3\nчт 9-12\n1\n10\n1\n"), MONDAY, 0);
    holds(
        &text,
        &[
            "3 Пациент просит другое время",
            "На когда перенести?",
            "У вас есть запись",
            "ваша запись перенесена. Новое время: четверг, 26 ноября, 10:00.",
        ],
    );
    store.run(&["check", "--strict"]);
}

#[test]
fn a_known_passport_typed_in_the_box_is_the_patient() {
    let store = Store::new();
    let text = store.play(&[], "4508 127265\nтер 1\nср 9-12\n2\n", MONDAY, 0);
    assert!(!text.contains("Найдено пациентов"), "{text}");
    let saved = "✓ Заявка #1 сохранена: Создана. Продолжить: appt script #1. Сохранено здесь";
    holds(&text, &["К какому врачу", saved]);
}

#[test]
fn an_unknown_passport_typed_in_the_box_is_kept() {
    let store = Store::new();
    let answers = "4511 223344\nлабанова дарья олеговна\n9161234567\nтер 1\nср 9-12\n2\n";
    let text = store.play(&[], answers, MONDAY, 0);
    holds(&text, &["✓ 4511 223344: такого паспорта в базе нет", "Фамилия, имя, отчество"]);
    assert!(!text.contains("Паспорт: серия и номер"), "{text}");
    assert!(store.patient("лабанова").contains("passport = \"4511223344\""));
}

#[test]
fn nobody_is_found_and_a_new_patient_is_added() {
    let store = Store::new();
    let answers = "орлов\n1\n4511223344\nорлов иван\n9161234567\nтер 1\nср 9-12\n2\n";
    let text = store.play(&[], answers, MONDAY, 0);
    holds(&text, &["Пациенты не найдены: «орлов».", "1 Завести нового пациента", "Создана"]);
    assert!(!text.contains("Найдено пациентов: 0"), "{text}");
}

#[test]
fn keys_of_the_other_layout_are_read_and_it_is_said() {
    let store = Store::new();
    let text = store.play(&[], "oerby g\n1\nтер 1\nch 9-12\n2\n", MONDAY, 0);
    holds(&text, &["Прочитано как: щукин п", "1 Щукин Пётр Фёдорович", "среда, 25 ноября"]);
}

#[test]
fn another_phone_is_the_patients_from_then_on() {
    let store = Store::new();
    store.play(&[], "щук п\n3\n9161234567\nтер 1\nср 9-12\n2\n", MONDAY, 0);
    assert!(store.patient("щукин").contains("phone = \"+79161234567\""));
    // One who has a request already is asked what they want after that.
    let text = store.play(&[], "щук п\n5\n9161234568\n1\n11.30\n1\n", MONDAY, 0);
    holds(&text, &["✓ +7 916 123-45-68", "1 Продолжить заявку", "Обработана"]);
    assert!(store.patient("щукин").contains("phone = \"+79161234568\""));
}

#[test]
fn the_weekday_of_today_is_asked_about() {
    let store = Store::new();
    let text = store.play(&[], "щук п\n1\nтер 1\nпн 14-16\n2\n2\n", MONDAY, 0);
    holds(&text, &["Какие дни?", "1 сегодня", "2 30 ноября", "✓ понедельник, 30 ноября"]);
    assert!(store.files().contains("start = 2026-11-30T14:00"));
}

#[test]
fn enter_takes_the_guess_of_a_typo() {
    let store = Store::new();
    let text = store.play(&[], "щук п\n1\nтер 1\nзавтар 9-12\n\n2\n", MONDAY, 0);
    holds(&text, &["Возможно, `завтра 9-12`", "[завтра 9-12] ›", "вторник, 24 ноября"]);
}

#[test]
fn what_is_mended_at_the_check_keeps_the_rest() {
    let store = Store::new();
    let answers = "щук п\n1\nтер 1\nср 9-12\n4\nкард 2\n5\nчт 9-12\n3\nлобан\n1\n2\n";
    let text = store.play(&[], answers, MONDAY, 0);
    holds(&text, &["Лобанова Мария", "Кардиолог · Поликлиника № 2", "четверг, 26 ноября"]);
    let files = store.files();
    assert!(files.contains("clinic = \"poliklinika-2\"\n"), "{files}");
    assert!(files.contains("start = 2026-11-26T09:00"), "{files}");
}

#[test]
fn enter_asserts_nothing() {
    let store = Store::new();
    // Who it is, the clinic's answer, whether the patient is told: each is asked again.
    let text = store.play(&[], "щук п\n\n1\nтер 1\nср 9-12\n\n\n11.30\n\n\n1\n", MONDAY, 0);
    assert_eq!(text.matches("Введите ").count(), 3, "{text}");
    assert_eq!(text.matches("Обработана.").count(), 1, "{text}");
    // After going back the earlier digit is no default.
    let text = Store::new().play(&[], "щук п\n1\n..\n\n", MONDAY, 130);
    assert!(!text.contains("[1] ›"), "{text}");
}

#[test]
fn a_file_that_ends_too_early_leaves_the_store_as_it_was() {
    let store = Store::new();
    let text = store.play(&[], "щук п\n1\nтер 1\n", MONDAY, 130);
    holds(&text, &["Когда пациенту удобно?", "В файле больше нет ответов", "Прервано."]);
    assert!(store.ids().is_empty());
    let text = store.play(&[], &called(""), MONDAY, 130);
    holds(&text, &["Прервано. Продолжить: `appt script #1`."]);
    store.run(&["check"]);
}

#[test]
fn somebody_elses_call_is_taken_over_by_a_digit() {
    let store = Store::new();
    store.play(&["--operator", "boris"], &called("чт 15-17\n"), MONDAY, 130);
    let id = store.ids()[0].clone();
    let text = store.play(&[&id], "2\n", MONDAY, 0);
    let heading = "Сейчас у заявки #1 другой оператор: Борис Котов.";
    holds(&text, &[heading, "1 Взять заявку себе", "Новый звонок: appt script"]);
    assert!(store.files().contains("\noperator = \"boris\""));
    let text = store.play(&[&id], "1\n1\n16\n1\n", MONDAY, 0);
    holds(&text, &["✓ Заявка #1 теперь ваша.", "Время не совпало", "Обработана"]);
    assert!(store.files().contains("\noperator = \"anna\""));
    store.run(&["check", "--strict"]);
}

/// Of one transaction each, and undone by one command.
#[test]
fn a_told_time_is_mended_and_a_visit_that_was_off_stands_again() {
    let store = Store::new();
    store.play(&[], "щук п\n1\nтер 1\nср 9-12\n\n11.30\n1\n", MONDAY, 0);
    let text = store.play(&[], "щук п\n6\n11\n1\n", MONDAY, 0);
    let mended = ["снова в работе", "✓ Время приёма: среда, 25 ноября, 11:00", "Обработана"];
    holds(&text, &mended);
    let files = store.files();
    assert!(files.contains("\nappointment = 2026-11-25T11:00"), "{files}");
    assert!(files.contains("event = \"reopened\", reason = \"время приёма записано с ошибкой\""));
    store.run(&["check"]);
    store.play(&[], "щук п\n2\nзаболел\n2\n", MONDAY, 0);
    assert!(store.files().contains("\nstatus = \"patient-refused\""));
    let text = store.play(&[], "щук п\n2\n1\n", MONDAY, 0);
    holds(
        &text,
        &["Запись", "отменена, клиника", "✓ Время приёма: среда, 25 ноября, 11:00", "Обработана"],
    );
    store.run(&["check"]);
}

#[test]
fn a_request_of_somebody_elses_says_who_had_it() {
    let store = Store::new();
    store.play(&["--operator", "boris"], "щук п\n1\nтер 1\nср 9-12\n2\n", MONDAY, 0);
    let id = store.ids()[0].clone();
    let text = store.play(&[&id], "11.30\n1\n", MONDAY, 0);
    holds(
        &text,
        &["Обрабатывается. Прежний оператор: Борис Котов.", "Что ответила клиника?", "Обработана"],
    );
    // One's own has no such line.
    let store = Store::new();
    store.play(&[], "щук п\n1\nтер 1\nср 9-12\n2\n", MONDAY, 0);
    let text = store.play(&[&store.ids()[0]], "11.30\n1\n", MONDAY, 0);
    assert!(!text.contains("Прежний оператор"), "{text}");
}

#[test]
fn a_clinic_in_another_zone_is_named_with_its_clock() {
    let store = Store::new();
    let mut args = vec!["clinic", "new", "--name", "Больница № 5", "--address", "ул. Мира, д. 1"];
    args.extend(["--phone", "+73912000000", "--specialty", "terapevt"]);
    args.extend(["--timezone", "Asia/Krasnoyarsk"]);
    store.run(&args);
    let text = store.play(&[], "щук п\n1\nтер 5\nср 9-12\n\n11.30\n1\n", MONDAY, 0);
    holds(
        &text,
        &[
            "✓ среда, 25 ноября, 9:00–12:00 по времени клиники (МСК+4)",
            "с 9:00 до 12:00 по времени клиники (МСК+4)».",
            "✓ Время приёма: среда, 25 ноября, 11:30 по времени клиники (МСК+4)",
            "в среду, 25 ноября, в 11:30 по времени клиники (МСК+4).",
        ],
    );
    assert!(store.files().contains("\nappointment = 2026-11-25T11:30:00+07:00"));
    // Hours by the one clock are none by the other: a clinic of another zone asks for them anew.
    let store_files = store.files();
    let text = store.play(&[], "лобан\n1\nтер 5\nср 9-12\n4\nтер 1\nср 9-12\n2\n", LATER, 0);
    assert_eq!(text.matches("Когда пациенту удобно?").count(), 2, "{text}");
    assert_ne!(store.files(), store_files);
    store.run(&["check"]);
}

#[test]
fn a_script_without_a_terminal_says_what_it_takes() {
    let (out, err, exit) = Store::new().output(&["script"], MONDAY);
    assert_eq!((out.as_str(), exit), ("", 2), "{err}");
    assert!(err.contains("--answers"), "{err}");
}

#[test]
fn a_second_request_for_the_same_is_warned_of() {
    let store = Store::new();
    store.play(&[], &called("позже\n"), MONDAY, 0);
    let text = store.play(&[], "щук п\n3\nтер 1\nчт 9-12\n2\n", LATER, 0);
    holds(&text, &["1 Продолжить заявку", "3 Новая заявка", "Внимание"]);
}

/// A digit typed ahead of itself is no reason, and closes nothing.
#[test]
fn a_digit_is_no_reason() {
    let store = Store::new();
    let text = store.play(&[], &called("11.30\n4\n3\nпередумал\n2\n"), MONDAY, 0);
    holds(&text, &["Причина", "Причину — словами", "передумал"]);
    assert!(store.files().contains("reason = \"передумал\""));
    assert!(!store.files().contains("reason = \"3\""));
}
