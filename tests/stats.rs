//! `stats` and `report`: what requests add up to, for a person, for a program, and on a page.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use common::{DARYA, PETR, Sandbox, WEDNESDAY};

const KARDIOLOG: &str = "--clinic poliklinika-2 --specialty kardiolog --range 'чт 9-11'";

/// A request of last week that took eighty minutes, one that was moved, and one refusal.
fn office() -> Sandbox {
    let mut s = Sandbox::new();
    s.set("APPT_NOW", "2026-11-20T10:00:00+03:00");
    let done = s.request(PETR, "--clinic poliklinika-1 --specialty terapevt --range '25.11 9-12'");
    s.ok(&format!("request set-status {done} in-progress"));
    s.ok(&format!("request set-appointment {done} '25.11 10:30'"));
    s.set("APPT_NOW", "2026-11-20T11:20:00+03:00");
    s.ok(&format!("request set-status {done} processed"));
    s.set("APPT_NOW", common::NOW);
    let moved = s.request(DARYA, KARDIOLOG);
    s.ok(&format!("request reschedule {moved} --range 'пт 9-11'"));
    let refused = s.request(DARYA, WEDNESDAY);
    s.ok(&format!("request refuse {refused}"));
    s
}

#[test]
fn the_screen_has_sums_and_bars() {
    let s = office();
    insta::assert_snapshot!(s.screen(&s.ok("stats")), @"
    Заявок: 4. Открытых: 1, обработанных: 1.
    Отказов: 1 (33%, переносы не в счёт). Переносов: 1.
    От создания до обработки: обычно 1 ч 20 мин (медиана), девять заявок из десяти не дольше 1 ч 20 мин; посчитано заявок: 1.

    По статусам
      Создана            1 ████████████████████████████████████████
      Обработана         1 ████████████████████████████████████████
      Пациент отказался  1 ████████████████████████████████████████
      Перенесена         1 ████████████████████████████████████████

    По клиникам
      Поликлиника № 1  2 ████████████████████████████████████████
      Поликлиника № 2  2 ████████████████████████████████████████

    По специальностям
      Кардиолог  2 ████████████████████████████████████████
      Терапевт   2 ████████████████████████████████████████

    По операторам
      Анна Смирнова  4 ████████████████████████████████████████

    По неделям, когда оформлены
      16–22 ноября  1 █████████████▎
      23–29 ноября  3 ████████████████████████████████████████
    ");
    insta::assert_snapshot!(s.screen(&s.ok("stats --lang en --ascii --from 23.11")), @"
    Requests: 3. Open: 1, processed: 0.
    Declined: 1 (50%, not counting moved ones). Moved: 1.

    By status
      Created              1 ########################################
      Declined by patient  1 ########################################
      Moved                1 ########################################

    By clinic
      Поликлиника № 2  2 ########################################
      Поликлиника № 1  1 ####################

    By specialty
      Кардиолог  2 ########################################
      Терапевт   1 ####################

    By operator
      Анна Смирнова  3 ########################################

    By the week they were made in
      23–29 November  3 ########################################
    ");
}

#[test]
fn a_program_gets_numbers() {
    let s = office();
    let stats = s.ok("stats --json").json();
    for (key, value) in [("requests", 4), ("open", 1), ("processed", 1), ("refused", 1)] {
        assert_eq!(stats[key], value, "{key}");
    }
    assert_eq!((&stats["rescheduled"], &stats["timed"]), (&1.into(), &1.into()));
    assert_eq!(stats["median_seconds"], 4800);
    assert_eq!(stats["p90_seconds"], 4800);
    assert!((stats["refused_share"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!(stats["by_clinic"][0]["id"], "poliklinika-1");
    assert_eq!(stats["by_week"][1]["id"], "2026-11-23");
    assert_eq!(stats["by_week"][1]["requests"], 3);
    let csv = s.ok("stats -o csv").stdout;
    assert_eq!(
        csv.lines().next().unwrap(),
        "by,id,title,requests,created,in_progress,processed,refused,rescheduled,median_seconds,p90_seconds"
    );
    assert!(csv.contains("\nstatus,rescheduled,Перенесена,1,0,0,0,0,1,,\n"), "{csv}");
    assert_eq!(s.ok("stats -o jsonl").lines().len(), csv.lines().count() - 1);
    assert_eq!(s.ok("stats -o ids").lines().len(), 4);
}

#[test]
fn flags_narrow_what_is_counted() {
    let s = office();
    let count = |flags: &str| s.ok(&format!("stats {flags} --json")).json()["requests"].clone();
    assert_eq!(count("--to 22.11.2026"), 1);
    assert_eq!(count("--from 23.11"), 3);
    assert_eq!(count("--clinic 'поликлиника № 2'"), 2);
    assert_eq!(count("--specialty терапевт"), 2);
    assert_eq!(count("--holder boris"), 0);
    s.ok("stats --holder boris").says("Таких заявок нет.");
}

#[test]
fn the_report_is_a_page_for_its_owner_alone() {
    let s = office();
    s.ok("report week.html");
    let path = s.cwd.join("week.html");
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("Поликлиника № 1"));
    for part in ["Щукин", "Лабанова", "4511227265", "9017892569"] {
        assert!(!page.contains(part), "{part}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    s.ok("report week.html --with-names --lang en");
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.contains("Лабанова Дарья Олеговна") && page.contains("Visits: "));
    let names = std::fs::read_dir(&s.cwd).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!names.into_iter().any(|name| name.to_string_lossy().ends_with(".tmp")));
}

#[test]
fn a_report_that_cannot_be_written_leaves_nothing() {
    let s = office();
    s.fails("report", 2, "usage", "missing-value");
    s.fails("report no/such/folder/x.html", 7, "store", "io");
    let error = s.fails("report clinics", 7, "store", "io");
    assert!(error["message"].as_str().unwrap().contains("это папка"), "{error}");
    let before = s.bytes();
    s.ok("report x.html --dry-run");
    // To standard output goes the page, and nothing else.
    let page = s.ok("report -").stdout;
    assert!(page.starts_with("<!") && page.trim_end().ends_with("</html>"), "{page}");
    assert_eq!(s.bytes(), before);
}
