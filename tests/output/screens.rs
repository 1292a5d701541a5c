//! A handful of Russian screens, so that a change of wording is seen where it is reviewed.

use crate::common::{DARYA, PETR, Sandbox, WEDNESDAY};

#[test]
fn a_new_request() {
    let s = Sandbox::new();
    let ran = s.ok(&format!("request new {PETR} {WEDNESDAY}"));
    insta::assert_snapshot!(s.screen(&ran), @r"
    ✓ Заявка AAAAAA сохранена: Создана.
    Дальше: позвоните в клинику (+7 495 237-72-97).
      Перед звонком: appt request set-status AAAAAA in-progress
    --- stderr
    Понято: среда, 25 ноября, 9:00–12:00.
    ");
}

#[test]
fn the_queue() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    s.ok(&format!("request set-appointment {id} 'ср 11:30'"));
    s.request(DARYA, "--clinic poliklinika-2 --specialty kardiolog --range 'чт 9-11'");
    insta::assert_snapshot!(s.screen(&s.ok("queue")), @"
    №    Дальше                   Пациент                  Специальность  Клиника          Время приёма    Удобно пациенту      Ведёт
    AAA  сообщить пациенту время  Щукин Пётр Фёдорович     Терапевт       Поликлиника № 1  ср 25.11 11:30  ср 25.11 9:00–12:00  Анна Смирнова
    BBB  позвонить в клинику      Лабанова Дарья Олеговна  Кардиолог      Поликлиника № 2                  чт 26.11 9:00–11:00  Анна Смирнова
    --- stderr
    В очереди: 2 заявки. Вести звонок: `appt script №`, открыть: `appt request show №`.
    ");
}

#[test]
fn one_request() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    s.ok(&format!("request set-ranges {id} --clinic 'чт 15-17, пт 9-12'"));
    s.boris(&format!("request note {id} 'просит не звонить утром'"));
    insta::assert_snapshot!(s.screen(&s.ok(&format!("request show {id}"))), @"
    Заявка           20261123-AAAAAA
    Пациент          Щукин Пётр Фёдорович · +7 901 789-25-69
    Клиника          Поликлиника № 1 · г. Москва, ул. Ленина, д. 1 · +7 495 237-72-97
    Специальность    Терапевт
    Статус           Обрабатывается
    Ведёт            Анна Смирнова
    Создана          пн 23.11 10:00
    Удобно пациенту  ср 25.11 9:00–12:00
    Удобно клинике   чт 26.11 15:00–17:00
                     пт 27.11 9:00–12:00
    Примечание       просит не звонить утром

                              8   9   10  11  12  13  14  15  16  17  18
      ср, 25 ноября пациенту  ····░░░░░░░░░░░░························
      чт, 26 ноября клинике   ····························▒▒▒▒▒▒▒▒····
      пт, 27 ноября клинике   ····▒▒▒▒▒▒▒▒▒▒▒▒························
      Удобно:  ░ пациенту  ▒ клинике

      пн 23.11 10:00  Анна Смирнова: создана
      пн 23.11 10:00  Анна Смирнова: статус: Обрабатывается
      пн 23.11 10:00  Анна Смирнова: удобно клинике: + чт 26.11 15:00–17:00, + пт 27.11 9:00–12:00
      пн 23.11 10:00  Борис Котов: примечание: просит не звонить утром

    Дальше: предложите пациенту время клиники (+7 901 789-25-69).
      Новое удобное время: appt request set-ranges AAAAAA --patient ДИАПАЗОН…
      Отказ: appt request refuse AAAAAA
    ");
}

#[test]
fn which_times_suit_both() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    s.ok(&format!("request set-ranges {id} --clinic 'ср 11-14' 'чт 9-12'"));
    insta::assert_snapshot!(s.screen(&s.ok(&format!("request match {id}"))), @r"
                              8   9   10  11  12  13  14  15
      ср, 25 ноября пациенту  ····░░░░░░░░░░░░············
                    клинике   ············▒▒▒▒▒▒▒▒▒▒▒▒····
                    обоим     ············████············
      чт, 26 ноября клинике   ····▒▒▒▒▒▒▒▒▒▒▒▒············
      Удобно:  ░ пациенту  ▒ клинике  █ обоим

    Удобно пациенту  среда, 25 ноября, 9:00–12:00
    Удобно клинике   среда, 25 ноября, 11:00–14:00
                     четверг, 26 ноября, 9:00–12:00
    Подходит обоим   среда, 25 ноября, 11:00–12:00
    ");
}

#[test]
fn refusals() {
    let (s, id) = Sandbox::with_request();
    let mut text = String::new();
    for (line, exit) in [
        ("request set-status ID processed", 3),
        ("request set-appointment ID 'ср 11:30'", 3),
        ("request set-status ID in-progress", 0),
        ("request set-appointment ID 'ср 13:00'", 3),
        ("--operator boris request set-appointment ID 'ср 11:30'", 3),
        ("request set-ranges ID --clinic 'ср 12-9'", 3),
        ("request set-ranges ID --clinic 'завтар 9-12'", 2),
        ("request show zzz", 4),
        ("clinic remove poliklinika-1", 3),
        ("--operator boris clinic edit poliklinika-1 --name К", 6),
        (
            "request new --name 'Орлова Анна' --passport 4511227265 --phone 89017892569 --clinic poliklinika-1 --specialty terapevt --range 'ср 9-12'",
            3,
        ),
    ] {
        let ran = s.run(&line.replace("ID", &id)).exits(exit);
        if exit != 0 {
            text.push_str(&format!("> {exit}\n{}", s.screen(&ran)));
        }
    }
    insta::assert_snapshot!(text.replace("--- stderr\n", ""), @r#"
    > 3
    Статус «Создана» нельзя сменить на «Обработана». Можно: «Обрабатывается», «Пациент отказался».
    Что делать дальше: `appt request next AAAAAA`.
    > 3
    Понято: среда, 25 ноября, 11:30.
    Ответ клиники записывают в статусе «Обрабатывается».
    Сначала: `appt request set-status AAAAAA in-progress`.
    > 3
    Понято: среда, 25 ноября, 13:00.
    Время приёма вне удобного пациенту: среда, 25 ноября, 9:00–12:00.
    Если пациент согласен: `--anyway`.
    > 3
    Понято: среда, 25 ноября, 11:30.
    Сейчас у заявки другой оператор: Анна Смирнова, с 10:00.
    Чтобы взять её себе: `--take-over`.
    > 3
    Конец раньше начала: среда, 25 ноября, 12:00–9:00.
    Возможно, `ср 9-12`.
    > 2
    Не удалось понять «завтар 9-12».
    Возможно, `завтра 9-12`.
    > 4
    Нет заявки «zzz».
    Список: `appt request list`.
    > 3
    Удалить нельзя: на эту запись ссылаются заявки (1).
    Например: `appt request show 20261123-AAAAAA`.
    > 6
    Нужны права администратора.
    Обратитесь: Анна Смирнова.
    > 3
    Понято: среда, 25 ноября, 9:00–12:00.
    Этот паспорт уже есть: Щукин Пётр Фёдорович. Введено: Орлова Анна.
    Проверьте номер. Если имя сменилось: `appt patient edit ZZZZZZZZZZ --name "Орлова Анна"`.
    "#);
}

#[test]
fn a_patient() {
    let (s, _) = Sandbox::with_request();
    insta::assert_snapshot!(s.screen(&s.ok("patient find щукин")), @r"
    №    ФИО                   Паспорт      Телефон
    ZZZ  Щукин Пётр Фёдорович  •••• ••7265  +7 901 789-25-69
    --- stderr
    1 пациент
    ");
}

#[test]
fn when_a_request_was_made_is_said_by_the_stores_clock() {
    let (s, id) = Sandbox::with_request();
    let path = s.file(&id);
    s.by_hand(&path, "created = 2026-11-23T10:00:00+03:00", "created = 2026-11-23T17:00:00+10:00");
    s.ok(&format!("request show {id}")).prints("пн 23.11 10:00");
    s.ok("request list --columns id,created").prints("пн 23.11 10:00");
}

#[test]
fn what_comes_next_says_so_where_a_phone_can_t_be_read() {
    let (s, id) = Sandbox::with_request();
    std::fs::write(s.cwd.join("clinics/poliklinika-1.toml"), "name = \n").unwrap();
    let told = "Дальше: позвоните в клинику (телефон не читается: `appt check`).";
    s.ok(&format!("request note {id} позже")).prints(told);
}
