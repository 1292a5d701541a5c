//! Section 5: what lists hold, in what order, and what searches find.

use crate::common::{DARYA, Sandbox, WEDNESDAY, short};

/// A store with six requests of several patients, made on two days; their names by short id.
struct Office {
    s: Sandbox,
    ids: Vec<(&'static str, String)>,
}

impl Office {
    fn new() -> Office {
        let mut s = Sandbox::new();
        let mut ids = Vec::new();
        let who = |n: usize, name: &str, phone: &str| {
            format!("--name '{name}' --passport 451100000{n} --phone {phone}")
        };
        let yolkin = who(1, "Ёлкин Семён Фёдорович", "89017891111");
        let saltykov = who(2, "Салтыков-Щедрин Михаил", "89017892222");
        let abramov = who(3, "Абрамов Лев", "89017893333");
        let terapevt = "--clinic poliklinika-1 --specialty terapevt --range";
        let kardiolog = "--clinic poliklinika-2 --specialty kardiolog --range";
        let at =
            |s: &mut Sandbox, hour: &str| s.set("APPT_NOW", &format!("2026-11-{hour}:00:00+03:00"));
        at(&mut s, "20T10");
        ids.push(("friday", s.request(&yolkin, &format!("{terapevt} '27.11 9-12'"))));
        at(&mut s, "23T10");
        ids.push(("wednesday", s.request(&saltykov, &format!("{kardiolog} '25.11 9-12'"))));
        ids.push(("untold", s.request(&abramov, &format!("{terapevt} '30.11 9-12'"))));
        ids.push(("off", s.request(&abramov, &format!("{kardiolog} '26.11 9-12'"))));
        ids.push(("done", s.request(&saltykov, &format!("{terapevt} '26.11 9-12'"))));
        ids.push(("refused", s.request(&yolkin, &format!("{kardiolog} '26.11 9-12'"))));
        let office = Office { s, ids };
        office.run("boris", "set-status untold in-progress");
        office.run("boris", "set-appointment untold '30.11 9:30'");
        for line in [
            "set-status off in-progress",
            "set-appointment off '26.11 9:30'",
            "refuse off",
            "set-status done in-progress",
            "set-appointment done '26.11 10:30'",
            "set-status done processed",
            "refuse refused",
        ] {
            office.run("anna", line);
        }
        office
    }

    fn run(&self, who: &str, line: &str) {
        let mut line = line.to_owned();
        for (name, id) in &self.ids {
            line = line.replace(&format!(" {name}"), &format!(" {id}"));
        }
        self.s.ok(&format!("--operator {who} request {line}"));
    }

    /// The names of the requests that a command lists, in its order.
    fn listed(&self, line: &str) -> Vec<&'static str> {
        let ran = self.s.run(&format!("{line} -o ids"));
        let name = |line: &&str| {
            let found = self.ids.iter().find(|(_, id)| id == short(line));
            found.expect("a request of the office").0
        };
        ran.lines().iter().map(name).collect()
    }

    fn sorted(&self, line: &str) -> Vec<&'static str> {
        let mut names = self.listed(line);
        names.sort_unstable();
        names
    }
}

#[test]
fn each_filter_of_the_list() {
    let o = Office::new();
    for (flags, names) in [
        ("", "friday untold wednesday"),
        ("--all", "done friday off refused untold wednesday"),
        ("--status created", "friday wednesday"),
        ("--status Обработана", "done"),
        ("--status patient-refused", "off refused"),
        ("--status processed --status created", "done friday wednesday"),
        ("--all --patient 4511000003", "off untold"),
        ("--patient 4511000003", "untold"),
        ("--all --clinic poliklinika-2", "off refused wednesday"),
        ("--all --specialty терапевт", "done friday untold"),
        ("--all --holder boris", "untold"),
        ("--all --holder anna", "done friday off refused wednesday"),
        ("--all --created-by boris", ""),
        ("--created-by anna", "friday untold wednesday"),
        ("--next notify-patient", "untold"),
        ("--all --next tell-clinic", "off"),
        ("--all --next none", "done refused"),
        ("--next call-clinic", "friday wednesday"),
        ("--from 23.11.2026", "untold wednesday"),
        ("--to 22.11.2026", "friday"),
        ("--from 20.11.2026 --to 20.11.2026", "friday"),
        ("--to сегодня", "friday untold wednesday"),
        ("--all --visit 26.11", "done off"),
        ("--visit 2026-11-30", "untold"),
        ("--all --visit 29.11", ""),
        ("--search кардиолог", "wednesday"),
        ("--next tell-clinic", "off"),
        ("--all --search 'елкин карди'", "refused"),
        ("--all --status created --clinic poliklinika-1 --search ёлкин", "friday"),
    ] {
        assert_eq!(o.sorted(&format!("request list {flags}")).join(" "), names, "{flags}");
    }
    // A search takes the same flags, and looks among the closed ones too.
    for (flags, names) in [
        ("кардиолог", "off refused wednesday"),
        ("кардиолог --status created", "wednesday"),
        ("кардиолог --status 'Пациент отказался'", "off refused"),
        ("кардиолог --to 1.11", ""),
    ] {
        assert_eq!(o.sorted(&format!("request find {flags}")).join(" "), names, "{flags}");
    }
    assert_eq!(o.listed("request list --all --limit 2").len(), 2);
    assert_eq!(o.listed("request list --limit 0").len(), 0);
}

#[test]
fn the_order_of_the_queue() {
    let o = Office::new();
    // The patient who is not yet told comes first, though Monday is the latest day; then by the
    // end of the patient's range. What the clinic must hear of is among them.
    assert_eq!(o.listed("queue"), ["untold", "wednesday", "off", "friday"]);
    assert_eq!(o.listed("queue --limit 1"), ["untold"]);
}

#[test]
fn of_two_untold_patients_the_earlier_visit_and_of_two_alike_the_older_request() {
    let o = Office::new();
    o.run("anna", "set-status friday in-progress");
    o.run("anna", "set-appointment friday '27.11 9:00'");
    assert_eq!(o.listed("queue"), ["friday", "untold", "wednesday", "off"]);
    let (mut s, first) = Sandbox::with_request();
    s.set("APPT_NOW", "2026-11-23T11:00:00+03:00");
    let second = s.request(crate::common::DARYA, crate::common::WEDNESDAY);
    let queue = s.ok("queue -o ids");
    assert_eq!(queue.lines().iter().map(|id| short(id)).collect::<Vec<_>>(), [first, second]);
}

#[test]
fn sorted_by_any_column_both_ways() {
    let o = Office::new();
    assert_eq!(o.listed("request list --sort patient_name"), ["untold", "friday", "wednesday"]);
    assert_eq!(o.listed("request list --sort -patient_name"), ["wednesday", "friday", "untold"]);
    assert_eq!(o.listed("request list --sort patient_ranges"), ["wednesday", "friday", "untold"]);
    assert_eq!(o.listed("request list --sort created")[0], "friday");
    for sort in ["appointment", "-appointment"] {
        let listed = o.listed(&format!("request list --sort {sort}"));
        assert_eq!(listed[0], "untold", "those without one come last");
    }
    assert_eq!(o.listed("request list --all --sort appointment")[..3], ["off", "done", "untold"]);
    o.s.fails("request list --sort цвет", 2, "usage", "sort");
    let names = o.s.ok("patient list --columns name -o csv");
    assert_eq!(
        names.lines()[1..],
        ["Абрамов Лев", "Ёлкин Семён Фёдорович", "Салтыков-Щедрин Михаил"],
        "by the letters that people sort by"
    );
}

#[test]
fn a_word_begins_a_word_of_a_name_or_is_part_of_a_number() {
    let o = Office::new();
    let found = |query: &str| -> Vec<String> {
        let ran = o.s.run(&format!("patient find {query} --columns name -o csv"));
        let names: Vec<String> = ran.lines()[1..].iter().map(|l| (*l).to_owned()).collect();
        assert_eq!(ran.code, i32::from(names.is_empty()), "{query}");
        names
    };
    for (query, name) in [
        ("елкин", "Ёлкин Семён Фёдорович"),
        ("ЁЛКИН", "Ёлкин Семён Фёдорович"),
        ("сем елк", "Ёлкин Семён Фёдорович"),
        ("щедрин", "Салтыков-Щедрин Михаил"),
        ("салтыков-щедрин", "Салтыков-Щедрин Михаил"),
        ("'салтыков щедрин'", "Салтыков-Щедрин Михаил"),
        ("3333", "Абрамов Лев"),
        ("'+7 901 789-33-33'", "Абрамов Лев"),
        ("89017893333", "Абрамов Лев"),
        ("'4511 000003'", "Абрамов Лев"),
        ("4511000003", "Абрамов Лев"),
        ("абр 0003", "Абрамов Лев"),
        // «абрамов» on the Latin layout.
        ("f,hfvjd", "Абрамов Лев"),
    ] {
        assert_eq!(found(query), [name], "{query}");
    }
    for query in ["лкин", "едрин", "елкин лев", "9999", "никто"] {
        assert!(found(query).is_empty(), "{query}");
    }
    assert_eq!(found("4511").len(), 3);
}

#[test]
fn find_is_a_list_of_all_and_no_is_exit_1() {
    let o = Office::new();
    assert_eq!(o.sorted("request find елкин"), ["friday", "refused"]);
    assert_eq!(o.sorted("request find абрамов терапевт"), ["untold"]);
    assert_eq!(
        o.sorted("request find поликлиника"),
        ["done", "friday", "off", "refused", "untold", "wednesday"]
    );
    assert_eq!(o.s.ok("clinic find поликл -o ids").lines().len(), 2);
    for line in ["request find никто", "patient find никто", "clinic find никто"] {
        let ran = o.s.run(line).exits(1).says("никто");
        assert_eq!(ran.stdout, "");
        assert_eq!(o.s.run(&format!("{line} --json")).exits(1).stdout, "[]\n");
    }
    o.s.ok("request list --search никто");
    o.s.run("request find").exits(2);
}

#[test]
fn every_list_can_be_sorted_and_has_the_columns_that_are_asked_for() {
    let o = Office::new();
    let sorted = o.listed("queue --sort -created");
    assert_eq!((sorted.len(), sorted.last()), (4, Some(&"friday")));
    assert_eq!(o.listed("queue --sort created --limit 1"), ["friday"]);
    assert_eq!(o.listed("agenda 26.11 --week --sort -appointment"), ["done"]);
    assert_eq!(o.listed("request find елкин --sort -created"), ["refused", "friday"]);
    let head = |line: &str| o.s.ok(line).lines()[0].to_owned();
    assert_eq!(head("agenda 26.11 --columns status,patient_name -o csv"), "status,patient_name");
    assert_eq!(head("log --columns by,event,key -o csv"), "by,event,key");
    assert!(head("log --columns key,at,to").starts_with("Ключ"));
    let log = o.s.ok("log --sort at --columns at --limit 5 -o jsonl").stdout;
    let mut times: Vec<&str> = log.lines().collect();
    assert_eq!(times.len(), 5);
    times.sort_unstable();
    assert_eq!(log.lines().collect::<Vec<_>>(), times);
    for line in ["queue --sort x", "agenda --sort x", "log --sort x"] {
        o.s.fails(line, 2, "usage", "sort");
    }
    o.s.fails("log --columns at,x", 2, "usage", "columns");
}

#[test]
fn a_list_that_was_cut_short_says_how_many_there_are() {
    let (s, _) = Sandbox::with_request();
    s.request(DARYA, WEDNESDAY);
    s.ok("request list --limit 1").says("2 заявки, показано: 1\n");
    s.ok("request list --limit 2").says("2 заявки\n");
    for line in ["request list", "request find терапевт", "patient list"] {
        let ran = s.ok(&format!("{line} --limit 0"));
        assert_eq!(ran.stdout, "");
        let ran = ran.says(", показано: 0\n");
        assert!(!ran.stderr.contains("нет") && !ran.stderr.contains("найдено"), "{}", ran.stderr);
    }
}

#[test]
fn a_search_for_a_requests_number_names_the_command_that_opens_it() {
    let (s, id) = Sandbox::with_request();
    let whole = s.show(&id)["id"].as_str().unwrap().to_owned();
    for query in [id.as_str(), &id[..4], &id.to_uppercase(), &whole] {
        let ran = s.run(&format!("request find {query}")).exits(1);
        assert_eq!(ran.stdout, "");
        ran.says(&format!("`appt request show {id}`"));
    }
    let ran = s.run("request find нетакого").exits(1);
    assert!(!ran.stderr.contains("request show"), "{}", ran.stderr);
}

#[test]
fn where_nobody_is_found_those_a_letter_away_are_named() {
    let s = Sandbox::new();
    s.ok("patient new --name 'Лабанова Дарья' --passport 4511223344 --phone 89161234567");
    let ran = s.run("patient find Лабонова").exits(1);
    assert_eq!(ran.stdout, "");
    let said = ran.stderr.as_str();
    assert!(said.contains("Похожие: Лабанова Дарья"), "{said}");
    assert!(said.find("Похожие") < said.find("patient new"), "{said}");
    let ran = s.run("patient find Орлов").exits(1);
    assert!(!ran.stderr.contains("Похожие"), "{}", ran.stderr);
}
