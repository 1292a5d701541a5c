//! The repository that is shared: which branch the others are on, what a new clone will see, and
//! what it answers when it does not take the data.

use std::fs;

use crate::common::{APPT, Ran, words};
use crate::team::{Team, script_at};

impl Team {
    /// Runs a command in a clone by nobody in particular.
    fn in_clone(&self, clone: &str, line: &str) -> Ran {
        let mut command = self.s.command(APPT);
        command.current_dir(self.clone(clone)).args(words(line));
        Ran::of(line, command.output().unwrap())
    }
}

#[test]
fn a_branch_that_follows_one_of_another_name_is_told_how_to_follow_its_own() {
    let t = Team::new();
    t.git("anna", "push -q origin main:trunk");
    t.git("anna", "branch -q -u origin/trunk");
    t.request("anna");
    let way = "branch --set-upstream-to=origin/main";
    let told = format!(
        "Ветка main следует за origin/trunk, а другие работают на origin/main: этого они не получат. Перенести: `git {way}`, `appt sync`."
    );
    t.anna("sync").exits(0).says(&told);
    t.git("anna", way);
    t.meet();
    // A branch that follows another one here follows none of the others'.
    t.git("anna", "checkout -q --track -b loc main");
    let ran = t.anna("sync --json").exits(3);
    let hint = ran.error()["hint"].as_str().unwrap().to_owned();
    let way = hint.split('`').nth(1).unwrap().strip_prefix("git ").unwrap().to_owned();
    t.git("anna", &way);
    t.anna("sync").exits(0);
}

#[test]
fn work_on_another_branch_is_shared_and_said_not_to_reach_the_others() {
    let t = Team::new();
    t.git("anna", "checkout -q -b проба");
    let request = t.request("anna");
    let told = "Вы на ветке проба, а другие работают на ветке main: этого они не получат. \
                Перенести: `git switch main`, `git merge проба`, `appt sync`.";
    t.anna("queue").exits(0).says("Другим не отправлено: файлов: 2.");
    let ran = t.anna("sync").exits(0).says(told);
    ran.prints("Отправлено на ветку origin/проба, коммитов: ");
    let ran = t.anna("sync --status").exits(0).prints(told);
    ran.prints("Всё сохранено здесь и отправлено на ветку origin/проба.");
    assert_eq!(t.anna("sync --status --json").exits(0).json()["others_on"], "main");
    // What it says is a way.
    for way in ["switch -q main", "merge -q проба"] {
        t.git("anna", way);
    }
    let ran = t.anna("sync").exits(0);
    assert!(!ran.stderr.contains("ветк"), "{}", ran.stderr);
    t.boris("sync").exits(0);
    assert!(t.clone("boris").join(Team::path(&request)).exists());
    // In a clone that was cloned, too.
    t.git("boris", "checkout -q -b другая");
    t.boris("specialty new --title Хирург").exits(0);
    t.boris("sync").exits(0).says("а другие работают на ветке main");
}

#[test]
fn a_clone_whose_branch_holds_no_store_is_sent_to_the_one_that_does() {
    let t = Team::new();
    t.s.git("init -q --bare -b main day-one.git");
    t.s.ok("init first --operator anna --name Анна");
    t.git("first", "branch -m master");
    t.git("first", "remote add origin ../day-one.git");
    let ran = t.in_clone("first", "sync").exits(0);
    let ran = ran.says("Новый клон общего репозитория откроется без этих данных");
    t.s.git("clone -q day-one.git second");
    let error = t.in_clone("second", "queue --json").exits(7).error();
    assert_eq!(
        (&error["rule"], &error["hint"]),
        (&"no-store".into(), &"Данные на другой ветке: `git switch master`.".into(),)
    );
    let error = t.in_clone("second", "init --operator boris --json").exits(3).error();
    assert_eq!(
        (&error["rule"], &error["hint"]),
        (&"store-elsewhere".into(), &"Перейдите на неё: `git switch master`.".into(),)
    );
    t.git("second", "switch -q master");
    t.in_clone("second", "queue").exits(0);
    // The other way that it says.
    let way = ran.stderr.split('`').nth(1).unwrap().strip_prefix("git ").unwrap().to_owned();
    let mut git = t.s.command("git");
    git.current_dir(t.clone("day-one.git")).args(words(&way));
    Ran::of(&way, git.output().unwrap()).exits(0);
    t.s.git("clone -q day-one.git third");
    t.in_clone("third", "queue").exits(0);
}

#[test]
fn a_server_whose_default_branch_holds_no_data_is_told_of() {
    let t = Team::new();
    t.s.git("init -q --bare -b main readme.git");
    t.s.git("clone -q readme.git readme");
    t.git("readme", "commit -q --allow-empty -m 'Initial commit'");
    t.git("readme", "push -q origin HEAD:main");
    t.s.ok("init first --operator anna --name Анна");
    t.git("first", "branch -m work");
    t.git("first", "remote add origin ../readme.git");
    t.in_clone("first", "sync").exits(0).says("его ветка по умолчанию — не work");
    // Once is enough.
    let ran = t.in_clone("first", "sync").exits(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_store_is_not_put_beside_another_on_one_server() {
    let t = Team::new();
    t.s.ok("init other --operator boris --name Б");
    t.git("other", "branch -m work");
    t.git("other", "remote add origin ../hub.git");
    let ran = t.in_clone("other", "sync").exits(3);
    insta::assert_snapshot!(ran.stderr, @"
    Сохранено здесь, другим не отправлено. Там другие данные: их создали отдельным `appt init` (в appt.toml другой ключ `key` или другой `format`). Такие не сливают.
    Нужны те, общие? Возьмите их в новую папку: `git clone АДРЕС`. Перенести туда записи отсюда: `appt export jsonl | appt import jsonl -`.
    ");
    assert_eq!(t.git("anna", "ls-remote origin refs/heads/work"), "");
}

#[test]
fn init_calls_the_branch_main_unless_git_is_told_otherwise() {
    let t = Team::new();
    t.git("anna", "config --global --unset init.defaultBranch");
    t.s.ok("init plain --operator anna");
    assert_eq!(t.git("plain", "symbolic-ref HEAD"), "refs/heads/main\n");
    t.git("anna", "config --global init.defaultBranch trunk");
    t.s.ok("init own --operator anna");
    assert_eq!(t.git("own", "symbolic-ref HEAD"), "refs/heads/trunk\n");
}

#[test]
fn no_connection_and_a_server_that_refuses_are_told_apart() {
    let mut t = Team::new();
    t.request("anna");
    let hook = t.s.folder().join("hub.git/hooks/pre-receive");
    script_at(&hook, "echo 'hands off' >&2; exit 1");
    let ran = t.anna("sync").exits(7);
    insta::assert_snapshot!(ran.stderr, @"
    Сохранено здесь, другим не отправлено. Связь есть, но origin/main не принял данные.
    git: hands off
    Ждать связи незачем: скажите тому, кто ведёт сервер. Ничего не потеряно, работать можно дальше.
    ");
    fs::remove_file(&hook).unwrap();
    // A lock that a killed push left.
    let lock = t.s.folder().join("hub.git/refs/heads/main.lock");
    fs::write(&lock, "").unwrap();
    let ran = t.anna("sync").exits(7);
    let place = t.s.folder().join("hub.git").display().to_string();
    insta::assert_snapshot!(ran.stderr.replace(&place, "HUB"), @r"
    Сохранено здесь, другим не отправлено. Связь есть, но в origin/main git занят, или его прервали: стоит замок HUB/refs/heads/main.lock.
    Повторите через минуту: `appt sync`. Не помогло — пусть тот, кто ведёт сервер, удалит этот файл. Ничего не потеряно, работать можно дальше.
    ");
    fs::remove_file(&lock).unwrap();
    t.git("anna", "remote set-url origin git@example.org:a.git");
    t.in_front_of("ssh", "printf 'ssh: Could not resolve hostname example.org: Name or service not known\\r\\n' >&2; exit 255");
    let ran = t.anna("sync --yes").exits(7);
    insta::assert_snapshot!(ran.stderr, @"
    Сохранено здесь, другим не отправлено. Нет связи с origin/main.
    git: ssh: Could not resolve hostname example.org: Name or service not known
    Работайте дальше; когда связь будет, повторите `appt sync`. Что ждёт: `appt sync --status`.
    ");
    // Nothing is new here, and it is saved all the same.
    t.anna("sync").exits(7).says("Сохранено здесь, другим не отправлено. Нет связи с origin/main.");
}
