//! `request reopen`: a closed request is taken up again.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::ask::{Ask, Asked};
use crate::cmd::request::refuse;
use crate::cmd::{Done, args, ask, help, request};
use crate::error::Result;
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::say;

pub fn spec(_: Kind, lang: Lang) -> Command {
    Command::new("reopen")
        .after_help(help::examples(
            lang,
            &[(
                r#"request reopen k7m --reason "закрыта по ошибке""#,
                r#"request reopen k7m --reason "closed by mistake""#,
            )],
        ))
        .about(lang.of("Вернуть закрытую заявку в работу", "Take a closed request up again"))
        .arg(args::request_id(lang))
        .arg(refuse::reason(lang))
}

pub fn run(app: &App, _: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &[Ask::Record(Kind::Request), Ask::Reason], |asked| act(app, asked))
}

fn act(app: &App, asked: &Asked) -> Result<Done> {
    let matches = &asked.matches;
    args::need_request(matches)?;
    let reason = refuse::reason_of(matches)?.ok_or_else(|| {
        args::missing_value(say!("Не указана причина: `--reason`.", "No reason given: `--reason`."))
    })?;
    request::change(app, asked, |desk, record| desk.acting(false, false).reopen(record, reason))
}
