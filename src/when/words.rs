//! The words of a typed time, in both languages, short, long and declined.
//!
//! One form means one [`Word`]; what a word with two uses («дня», `in`) stands for is settled by
//! the phrase around it. Forms are lower case and written with `е` for `ё`.

use chrono::Weekday;

/// A part of the day, said beside an hour: «5 вечера», `9am`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// «утра», «утром», `in the morning`.
    Morning,
    /// «дня», «днём», `in the afternoon`.
    Day,
    /// «вечера», «вечером», `in the evening`.
    Evening,
    /// «ночи», «ночью», `at night`.
    Night,
    /// `am`.
    Am,
    /// `pm`.
    Pm,
}

/// What a word is, so far as it can be told without its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// «среда», «ср», `wed`.
    Weekday(Weekday),
    /// «средам», `wednesdays`: every week, which is no day.
    Weekly,
    /// «ноября», `nov`: 1 to 12.
    Month(u32),
    /// A day counted from today: «завтра» is 1.
    Ahead(i64),
    /// «в», «на», `on`: says nothing that its neighbours don't.
    Filler,
    /// `in`: a filler, or the «через» of `in 2 days`.
    In,
    /// «через».
    Hence,
    /// «с», `from`.
    From,
    /// «до», `to`, `until`.
    To,
    /// «к»: before the hour of a visit, that hour.
    By,
    /// «по», `through`.
    Through,
    /// «после», `after`.
    After,
    /// `before`.
    Before,
    /// «не», `not`.
    Not,
    /// «раньше».
    Earlier,
    /// «позже».
    Later,
    /// `than`.
    Than,
    /// «весь», `all`.
    All,
    /// «день», `day`.
    Day,
    /// «дня»: of the day, or days.
    OfDay,
    /// «дней», `days`.
    Days,
    /// «неделя», `week`.
    Week,
    /// «час», `hour`.
    Hour,
    /// «минут», `minutes`.
    Minute,
    /// «полчаса».
    HalfHour,
    /// «эту», `this`.
    This,
    /// «следующую», `next`.
    Next,
    /// «будни».
    Workdays,
    /// «выходные».
    Weekend,
    /// «-го», `th`.
    Ordinal,
    /// «числа».
    OfMonth,
    /// «г.», «года».
    Year,
    /// «утра», `pm`: beside an hour only.
    Part(Part),
    /// «утром», `morning`: beside an hour, or vague.
    Loose(Part),
    /// «полдень».
    Noon,
    /// «полночь».
    Midnight,
    /// «обед»: from when to when?
    Vague,
    /// «девяти»: an hour in letters.
    Spelled,
    /// «когда угодно».
    Anytime,
    /// «кроме», «каждую».
    Except,
    /// «и».
    And,
    /// «или».
    Or,
    /// «мск»: a zone's usual name.
    Zone(&'static str),
}

use Part::{Am, Day, Evening, Morning, Night, Pm};
use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};

/// Every form, by its word.
const WORDS: &[(Word, &str)] = &[
    (
        Word::Weekday(Mon),
        "пн пнд пон понед понедельник понедельника понедельнику понедельником mon monday",
    ),
    (Word::Weekday(Tue), "вт втр втор вторн вторник вторника вторнику вторником tue tues tuesday"),
    (Word::Weekday(Wed), "ср сред среда среду среды среде средой wed weds wednesday"),
    (Word::Weekday(Thu), "чт чтв чет четв четверг четверга четвергу thu thur thurs thursday"),
    (Word::Weekday(Fri), "пт птн пят пятн пятница пятницу пятницы пятнице fri friday"),
    (Word::Weekday(Sat), "сб сбт суб субб суббота субботу субботы субботе sat saturday"),
    (Word::Weekday(Sun), "вс вск вос воск воскр воскресенье воскресенья воскресение sun sunday"),
    (
        Word::Weekly,
        "понедельникам понедельники вторникам вторники средам четвергам четверги пятницам субботам \
         воскресеньям mondays tuesdays wednesdays thursdays fridays saturdays sundays",
    ),
    (Word::Month(1), "январь января янв jan january"),
    (Word::Month(2), "февраль февраля фев февр feb february"),
    (Word::Month(3), "март марта мар mar march"),
    (Word::Month(4), "апрель апреля апр apr april"),
    (Word::Month(5), "май мая may"),
    (Word::Month(6), "июнь июня июн jun june"),
    (Word::Month(7), "июль июля июл jul july"),
    (Word::Month(8), "август августа авг aug august"),
    (Word::Month(9), "сентябрь сентября сен сент sep sept september"),
    (Word::Month(10), "октябрь октября окт oct october"),
    (Word::Month(11), "ноябрь ноября ноя нояб nov november"),
    (Word::Month(12), "декабрь декабря дек dec december"),
    (Word::Ahead(-2), "позавчера"),
    (Word::Ahead(-1), "вчера yesterday"),
    (Word::Ahead(0), "сегодня today"),
    (Word::Ahead(1), "завтра tomorrow"),
    (Word::Ahead(2), "послезавтра"),
    (Word::Filler, "в во на on at the a an of"),
    (Word::In, "in"),
    (Word::Hence, "через"),
    (Word::From, "с со от from between"),
    (Word::To, "до to till until"),
    (Word::By, "к ко"),
    (Word::Through, "по through thru"),
    (Word::After, "после after"),
    (Word::Before, "before"),
    (Word::Not, "не not no"),
    (Word::Earlier, "раньше ранее earlier sooner"),
    (Word::Later, "позже позднее later"),
    (Word::Than, "than"),
    (Word::All, "весь целый all whole entire"),
    (Word::Day, "день day"),
    (Word::OfDay, "дня"),
    (Word::Days, "дней дн days"),
    (Word::Week, "неделя неделю недели неделе недель нед week weeks"),
    (Word::Hour, "час часа часов часам ч hour hours h oclock"),
    (Word::Minute, "минута минуту минуты минут мин minute minutes min"),
    (Word::HalfHour, "полчаса"),
    (Word::This, "эту этот это эта этой этом ближайшая ближайшую ближайший ближайшее this coming"),
    (Word::Next, "следующую следующий следующее следующей след next"),
    (Word::Workdays, "будни будням будние буднях weekdays workdays"),
    (Word::Weekend, "выходные выходных выходным weekend weekends"),
    (Word::Ordinal, "го ого е ое th st nd rd"),
    (Word::OfMonth, "числа число"),
    (Word::Year, "г год года"),
    (Word::Part(Morning), "утра"),
    (Word::Part(Evening), "вечера"),
    (Word::Part(Night), "ночи"),
    (Word::Part(Am), "am"),
    (Word::Part(Pm), "pm"),
    (Word::Loose(Morning), "утром morning"),
    (Word::Loose(Day), "днем afternoon"),
    (Word::Loose(Evening), "вечером evening"),
    (Word::Loose(Night), "ночью night tonight"),
    (Word::Noon, "полдень полдня полудня полудню noon midday"),
    (Word::Midnight, "полночь полночи полуночи midnight"),
    (
        Word::Vague,
        "обед обеда обеду обедом lunch lunchtime утро вечер работы учебы около примерно about around",
    ),
    (
        Word::Spelled,
        "часу двух трех четырех пяти шести семи восьми девяти десяти одиннадцати двенадцати два две \
         три четыре пять шесть семь восемь девять десять одиннадцать двенадцать пол половина \
         половине полпервого полвторого полдевятого полдесятого полодиннадцатого девятого десятого \
         одиннадцатого двенадцатого one two three four five six seven eight nine ten eleven twelve \
         half quarter",
    ),
    (
        Word::Anytime,
        "когда угодно любой любое любая любую любые как можно скорее срочно сейчас немедленно \
         скорей побыстрее asap anytime any whenever now soon soonest",
    ),
    (Word::Except, "кроме каждый каждую каждое каждые except every each"),
    (Word::And, "и and"),
    (Word::Or, "или либо or"),
    (Word::Zone("Europe/Moscow"), "мск msk"),
    (Word::Zone("UTC"), "utc gmt"),
];

/// The word of a form, in any case.
pub(super) fn word(form: &str) -> Option<Word> {
    let form = folded(form);
    forms().find(|(_, known)| *known == form).map(|(word, _)| word)
}

/// Every form of the vocabulary.
pub(super) fn forms() -> impl Iterator<Item = (Word, &'static str)> {
    WORDS.iter().flat_map(|(word, forms)| forms.split_whitespace().map(|form| (*word, form)))
}

/// Lower case, `е` for `ё`.
pub(super) fn folded(form: &str) -> String {
    form.chars().flat_map(char::to_lowercase).map(|c| if c == 'ё' { 'е' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_stands_once_and_is_folded() {
        let mut all: Vec<&str> = forms().map(|(_, form)| form).collect();
        for form in &all {
            assert_eq!(folded(form), *form);
            assert!(form.chars().all(char::is_alphabetic), "{form}");
        }
        all.sort_unstable();
        let twice: Vec<_> = all.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn case_and_yo_do_not_matter() {
        assert_eq!(word("СРЕДА"), Some(Word::Weekday(Wed)));
        assert_eq!(word("Днём"), Some(Word::Loose(Day)));
        assert_eq!(word("сёдня"), None);
    }
}
