//! A list as a table for people: as wide as its cells, or as the terminal; the columns that matter
//! least go first where there is no room.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::Sheet;
use crate::words::screen;

/// The columns that a narrow terminal can do without, the least needed first.
const EXPENDABLE: &[&str] = &[
    "emails",
    "aliases",
    "operator",
    "specialty_title",
    "specialties",
    "address",
    "patient_ranges",
    "clinic_name",
    "status",
];

/// What stands between two columns.
const BETWEEN: usize = 2;
const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

impl Sheet<'_> {
    /// The columns that a table of this width has room for: those that say nothing go first, then
    /// the least needed.
    fn fitting(&self, width: usize) -> Vec<usize> {
        let mut kept: Vec<usize> = (0..self.columns.len()).collect();
        let is_wide = |kept: &[usize]| {
            kept.iter().map(|at| self.widths[*at] + BETWEEN).sum::<usize>() > width + BETWEEN
        };
        if is_wide(&kept) {
            kept.retain(|at| self.filled[*at]);
        }
        for key in EXPENDABLE {
            if !is_wide(&kept) {
                break;
            }
            kept.retain(|at| self.columns[*at].0 != *key);
        }
        kept
    }

    /// The headings of the columns that say something, and that a terminal of this width has no room
    /// for.
    pub fn hidden(&self) -> Vec<String> {
        let Some(width) = self.output.width.filter(|_| self.has_cells() && !self.picked) else {
            return Vec::new();
        };
        let kept = self.fitting(width);
        let gone = (0..self.columns.len()).filter(|at| self.filled[*at] && !kept.contains(at));
        gone.map(|at| self.columns[at].1.clone()).collect()
    }

    pub(super) fn table(&self, order: &[usize]) -> String {
        if order.is_empty() {
            return String::new();
        }
        let kept = match self.output.width {
            Some(width) if !self.picked => self.fitting(width),
            _ => (0..self.columns.len()).collect(),
        };
        let total: usize = kept.iter().map(|at| self.widths[*at] + BETWEEN).sum();
        match self.output.width {
            Some(width) if total > width + BETWEEN => self.wrapped(order, &kept, width),
            _ => self.straight(order, &kept),
        }
    }

    /// A cell of a table.
    fn cell(&self, row: usize, column: usize) -> (&str, usize) {
        let at = row * self.columns.len() + column;
        (&self.written[self.span(at)], self.cells[at].width)
    }

    /// A table that has the room it needs: every row on a line.
    fn straight(&self, order: &[usize], kept: &[usize]) -> String {
        let mut text = String::with_capacity(self.written.len() * 5 / 4);
        let headings = kept.iter().map(|at| self.columns[*at].1.as_str());
        text.push_str(if self.output.color { BOLD } else { "" });
        self.line(&mut text, kept, headings.map(|heading| (heading, screen::width(heading))));
        text.push_str(if self.output.color { PLAIN } else { "" });
        text.push('\n');
        for row in order {
            self.line(&mut text, kept, kept.iter().map(|at| self.cell(*row, *at)));
            text.push('\n');
        }
        text
    }

    /// A line of such a table: cells with their widths.
    fn line<'c>(
        &self,
        text: &mut String,
        kept: &[usize],
        cells: impl Iterator<Item = (&'c str, usize)>,
    ) {
        let start = text.len();
        for (at, (cell, width)) in kept.iter().zip(cells) {
            text.push_str(cell);
            pad(text, self.widths[*at] + BETWEEN - width);
        }
        text.truncate(start + text[start..].trim_end().len());
    }

    /// A table whose cells must be broken into lines.
    fn wrapped(&self, order: &[usize], kept: &[usize], width: usize) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(kept.iter().map(|at| self.columns[*at].1.as_str()));
        for row in order {
            table.add_row(kept.iter().map(|at| self.cell(*row, *at).0));
        }
        let count = kept.len();
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if at + 1 == count { 0 } else { BETWEEN as u16 }));
        }
        self.keep_words(&mut table, order, kept, width);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        let mut text = String::new();
        for (at, line) in table.lines().enumerate() {
            let line = line.trim_end();
            match at {
                0 if self.output.color => text.push_str(&format!("{BOLD}{line}{PLAIN}\n")),
                _ => text.push_str(&format!("{line}\n")),
            }
        }
        text
    }

    /// No column gets narrower than its longest word, so that no name is broken in the middle; not
    /// where the terminal is too narrow for that.
    fn keep_words(&self, table: &mut Table, order: &[usize], kept: &[usize], width: usize) {
        let longest = |text: &str| text.split(' ').map(screen::width).max().unwrap_or(0) + BETWEEN;
        let mut widths: Vec<usize> = kept.iter().map(|at| longest(&self.columns[*at].1)).collect();
        for row in order {
            for (width, at) in widths.iter_mut().zip(kept) {
                *width = (*width).max(longest(self.cell(*row, *at).0));
            }
        }
        if widths.iter().sum::<usize>() > width + BETWEEN {
            return;
        }
        for (column, width) in table.column_iter_mut().zip(widths) {
            let width = u16::try_from(width).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
    }
}

/// Appends so many spaces.
fn pad(text: &mut String, mut count: usize) {
    const SPACES: &str = "                                                                ";
    while count > 0 {
        let some = count.min(SPACES.len());
        text.push_str(&SPACES[..some]);
        count -= some;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::i18n::Lang;
    use crate::output::{Format, Output};
    use crate::render::list::{List, Row};

    /// A narrow terminal gets fewer columns, the least needed gone first, and no broken words.
    #[test]
    fn a_narrow_terminal_gets_fewer_columns() {
        let keys = ["id", "patient_name", "specialty_title", "operator"];
        let cells = ["k7m", "Щукин Пётр Фёдорович", "Оториноларинголог", "Анна Смирнова"];
        let columns = keys.map(|key| (key.to_owned(), key.to_owned())).to_vec();
        let output = Output {
            format: Format::Table,
            lang: Lang::Ru,
            color: false,
            ascii: false,
            width: Some(80),
            remarks: None,
            reveal: false,
            quiet: false,
        };
        let mut list = Sheet::new(&output, columns, Vec::new(), false);
        list.add("k7m", Map::new, |_| None, |at| screen::measured(cells[at].to_owned()));
        assert_eq!(list.fitting(80), [0, 1, 2, 3]);
        assert_eq!(list.fitting(50), [0, 1, 2]);
        assert_eq!(list.fitting(30), [0, 1]);
        assert_eq!(list.fitting(5), [0, 1]);
    }

    /// A text that decides a cell has it written once and copied after that.
    #[test]
    fn cells_that_one_text_decides_are_asked_for_once() {
        let output = Output {
            format: Format::Table,
            lang: Lang::Ru,
            color: false,
            ascii: false,
            width: None,
            remarks: None,
            reveal: false,
            quiet: false,
        };
        let columns = ["id", "clinic"].map(|key| (key.to_owned(), key.to_owned())).to_vec();
        let mut list = Sheet::new(&output, columns, Vec::new(), false);
        let asked = std::cell::Cell::new(0);
        for (id, clinic) in [("a", "k1"), ("b", "k2"), ("c", "k1")] {
            let cell = |at: usize| {
                asked.set(asked.get() + at);
                screen::measured([id.to_owned(), format!("Клиника {clinic}")][at].clone())
            };
            list.add(id, Map::new, |at| (at == 1).then_some(clinic), cell);
        }
        assert_eq!(asked.get(), 2);
        let wanted = "id  clinic\na   Клиника k1\nb   Клиника k2\nc   Клиника k1\n";
        assert_eq!(list.text(None), wanted);
    }

    #[test]
    fn a_column_that_says_nothing_goes_before_any_other() {
        let keys = ["id", "patient_name", "appointment", "operator"];
        let cells = ["k7m", "Щукин Пётр Фёдорович", "", "Анна Смирнова"];
        let columns = keys.map(|key| (key.to_owned(), key.to_owned())).to_vec();
        let output = Output {
            format: Format::Table,
            lang: Lang::Ru,
            color: false,
            ascii: false,
            width: Some(80),
            remarks: None,
            reveal: false,
            quiet: false,
        };
        let mut list = Sheet::new(&output, columns, Vec::new(), false);
        list.add("k7m", Map::new, |_| None, |at| screen::measured(cells[at].to_owned()));
        assert_eq!(list.fitting(80), [0, 1, 2, 3]);
        assert_eq!(list.fitting(45), [0, 1, 3]);
        assert_eq!(list.fitting(30), [0, 1]);
    }

    #[test]
    fn no_word_of_a_name_is_broken_while_there_is_room_for_it() {
        let keys = ["patient_name", "next"].map(|key| (key.to_owned(), key.to_owned()));
        let text = "сообщить пациенту, когда его ждут, и что взять с собой, и куда идти";
        let cells = ["Салтыков-Щедрин Глеб", text].map(str::to_owned).to_vec();
        let row = Row { id: String::new(), object: Map::new(), cells };
        let list = List { columns: keys.to_vec(), csv: Vec::new(), rows: vec![row] };
        for width in [30, 36, 50] {
            let output = Output {
                format: Format::Table,
                lang: Lang::Ru,
                color: false,
                ascii: false,
                width: Some(width),
                remarks: None,
                reveal: false,
                quiet: false,
            };
            let table = list.text(&output, false);
            for word in ["Салтыков-Щедрин", "Глеб", "сообщить", "пациенту,"]
            {
                assert!(table.contains(word), "{width}: {word}\n{table}");
            }
            assert!(table.lines().all(|line| screen::width(line) <= width), "{width}\n{table}");
        }
    }
}
