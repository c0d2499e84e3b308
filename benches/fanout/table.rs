//! Medians, and how they are shown.

use crate::REPEATS;

/// The `q`th quantile of `values`, in thousandths; 0 of nothing.
pub(crate) fn quantile(values: &mut [u64], q: usize) -> u64 {
    if values.is_empty() {
        return 0;
    }
    let at = (values.len() - 1) * q / 1000;
    *values.select_nth_unstable(at).1
}

pub(crate) fn median(mut values: Vec<u64>) -> u64 {
    quantile(&mut values, 500)
}

/// A row of figures of one of those that are compared.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) figures: Vec<u64>,
}

/// Has each of them run `REPEATS` times, by turns, and gives the medians of its figures.
pub(crate) fn by_turns<C>(candidates: &[(&'static str, C)], run: impl Fn(&C) -> Vec<u64>) -> Vec<Row> {
    let mut runs: Vec<Vec<Vec<u64>>> = vec![Vec::new(); candidates.len()];
    for _ in 0..REPEATS {
        for ((_, candidate), runs) in candidates.iter().zip(&mut runs) {
            runs.push(run(candidate));
        }
    }
    let figures =
        |runs: &[Vec<u64>]| (0..runs[0].len()).map(|at| median(runs.iter().map(|run| run[at]).collect())).collect();
    candidates
        .iter()
        .zip(&runs)
        .map(|((name, _), runs)| Row { name: (*name).to_owned(), figures: figures(runs) })
        .collect()
}

/// Shows a table, each figure with its ratio to that of the row `against`.
pub(crate) fn show(title: &str, columns: &[&str], against: &str, rows: &[Row]) {
    println!("\n### {title}\n");
    println!("| | {} |", columns.join(" | "));
    println!("|---|{}", "---:|".repeat(columns.len()));
    let base = rows.iter().find(|row| row.name == against);
    for row in rows {
        let cells = row.figures.iter().enumerate().map(|(column, figure)| {
            match base.map(|base| base.figures[column]).filter(|base| *base > 0 && row.name != against) {
                Some(base) => format!("{} ({})", grouped(*figure), ratio(*figure, base)),
                None => grouped(*figure),
            }
        });
        println!("| {} | {} |", row.name, cells.collect::<Vec<_>>().join(" | "));
    }
}

fn ratio(figure: u64, base: u64) -> String {
    let thousandths = figure.max(1) as u128 * 1000 / base as u128;
    match thousandths {
        0..1000 => format!("1/{}.{}", 1000 / thousandths.max(1), 10_000 / thousandths.max(1) % 10),
        _ => format!("{}.{}x", thousandths / 1000, thousandths % 1000 / 100),
    }
}

fn grouped(figure: u64) -> String {
    let digits = figure.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}
