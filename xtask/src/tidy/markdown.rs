//! Tables in Markdown.

/// A table: the cells of its heading, and of each row with the row's line number.
pub(crate) struct Table<'a> {
    pub(crate) heading: Vec<&'a str>,
    pub(crate) rows: Vec<(usize, Vec<&'a str>)>,
}

/// The tables of a page, in order.
pub(crate) fn tables(text: &str) -> Vec<Table<'_>> {
    let mut tables: Vec<Table<'_>> = Vec::new();
    let mut within = false;
    for (number, line) in (1..).zip(text.lines()) {
        let Some(inner) = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            within = false;
            continue;
        };
        let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
        let ruler = cells.iter().all(|cell| !cell.is_empty() && cell.bytes().all(|b| b"-:".contains(&b)));
        match tables.last_mut() {
            Some(table) if within && !ruler => table.rows.push((number, cells)),
            Some(_) if within => {}
            _ => tables.push(Table { heading: cells, rows: Vec::new() }),
        }
        within = true;
    }
    tables
}

/// The texts between back-quotes.
pub(crate) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_told_apart_by_what_lies_between_them() {
        let page = "# x\n| a | b |\n|---|:-:|\n| 1 | `2` |\n\ntext\n| c |\n|---|\n| 3 |\n";
        let tables = tables(page);
        assert_eq!(tables.len(), 2);
        assert_eq!((&tables[0].heading, &tables[0].rows), (&vec!["a", "b"], &vec![(4, vec!["1", "`2`"])]));
        assert_eq!(tables[1].rows, [(9, vec!["3"])]);
        assert_eq!(quoted("`a`, `b` and c").collect::<Vec<_>>(), ["a", "b"]);
    }
}
