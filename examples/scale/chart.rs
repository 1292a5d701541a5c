//! The outcomes as a bar chart: one group a job, one bar a contender, on a logarithmic scale.

use std::fmt::Write as _;

use crate::bench::Outcome;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 250.0;
const BAR: f64 = 14.0;
/// Tenfold, in pixels.
const DECADE: f64 = 110.0;

/// The chart.
pub fn svg(outcomes: &[Outcome]) -> String {
    let bars: usize = outcomes.iter().map(|outcome| outcome.times.len()).sum();
    let height = 30.0 + bars as f64 * BAR + outcomes.len() as f64 * 12.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"8\" y=\"16\">Milliseconds, whole process, median; the scale is logarithmic</text>\n"
    );
    let mut y = 28.0;
    for outcome in outcomes {
        let title = format!("{} {}", outcome.job, outcome.what);
        put(&mut text, 8.0, y + 10.0, "start", &title);
        for (name, millis, _) in &outcome.times {
            let width = ((millis.max(0.1) * 10.0).log10() * DECADE).max(1.0);
            let fill = if *name == "appt" { "#2a6f97" } else { "#b8c4cc" };
            writeln!(
                text,
                "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" fill=\"{fill}\"/>",
                BAR - 2.0
            )
            .expect("memory takes any text");
            put(&mut text, LEFT + width + 4.0, y + 10.0, "start", &format!("{name} {millis:.1}"));
            y += BAR;
        }
        y += 12.0;
    }
    text.push_str("</svg>\n");
    text
}

fn put(text: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    writeln!(text, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>")
        .expect("memory takes any text");
}
