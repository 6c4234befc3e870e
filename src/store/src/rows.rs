//! Many rows in few statements: on SQLite with so many values, on PostgreSQL with a column each. There a value by itself
//! is the dearer, and so is a statement, which is a round trip.

/// How many rows a statement of SQLite has, the most that fit first: so few texts that each is written and prepared once, and few
/// statements for any number of rows, since each goes to another thread and back.
const PIECES: [usize; 8] = [128, 64, 32, 16, 8, 4, 2, 1];
/// A text for each of those.
pub(crate) type Texts = [&'static str; PIECES.len()];
/// Most rows in a statement of PostgreSQL.
pub(crate) const MOST: usize = 512;

/// The statements that write that many rows at a time, with so many columns each. They are kept for good: each table has its own.
pub(crate) fn texts(into: &str, columns: usize, after: &str) -> Texts {
    let row = format!("({})", vec!["?"; columns].join(", "));
    PIECES.map(|rows| &*format!("{into}VALUES {}{after}", vec![row.as_str(); rows].join(", ")).leak())
}

/// The rows in the pieces in which they are written together, each with its text.
pub(crate) fn pieces<T>(texts: Texts, mut rows: &[T]) -> impl Iterator<Item = (&'static str, &[T])> {
    std::iter::from_fn(move || {
        let (text, size) = texts.into_iter().zip(PIECES).find(|(_, size)| *size <= rows.len())?;
        let (piece, rest) = rows.split_at(size);
        rows = rest;
        Some((text, piece))
    })
}

/// Writes the rows of a slice, in their order, and tells how many it touched: of each row its values for the columns that
/// are named, and `$after`, which may be empty, behind them. Columns that PostgreSQL alone has come in between.
macro_rules! insert_all {
    (
        $tx:expr, $table:literal, $columns:literal, $rows:expr,
        |$row:pat_param| [$($value:expr),+ $(,)?],
        $(postgres $also:literal [$more:expr],)?
        $after:literal
    ) => {
        async {
            let mut touched = 0;
            match $tx {
                $crate::db::Tx::Sqlite(tx) => {
                    static TEXTS: std::sync::LazyLock<$crate::rows::Texts> = std::sync::LazyLock::new(|| {
                        let into = concat!("INSERT INTO ", $table, " (", $columns, ") ");
                        $crate::rows::texts(into, $columns.split(',').count(), $after)
                    });
                    for (text, piece) in $crate::rows::pieces(*TEXTS, $rows) {
                        let mut values = sqlx::sqlite::SqliteArguments::default();
                        sqlx::Arguments::reserve(&mut values, piece.len() * $columns.split(',').count(), 0);
                        for $row in piece {
                            $(
                                sqlx::Arguments::add(&mut values, $value)
                                    .map_err(|error| $crate::error::from_db(sqlx::Error::Encode(error)))?;
                            )+
                        }
                        touched += $crate::rows::execute_piece!(tx, sqlx::query_with(text, values));
                    }
                }
                $crate::db::Tx::Postgres(tx) => {
                    let into = concat!("INSERT INTO ", $table, " (", $columns, $(", ", $also,)? ") SELECT * FROM unnest(");
                    for piece in $rows.chunks($crate::rows::MOST) {
                        let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(into);
                        let mut columns = query.separated(", ");
                        $($crate::rows::bind_column!(columns, piece, |$row| $value);)+
                        $($crate::rows::bind_column!(columns, piece, |$row| $more);)?
                        columns.push_unseparated(")");
                        touched += $crate::rows::execute_piece!(tx, query.push($after).build());
                    }
                }
            }
            Ok::<u64, domain::Error>(touched)
        }
    };
}
pub(crate) use insert_all;

/// One column of a statement for PostgreSQL.
macro_rules! bind_column {
    ($columns:ident, $piece:ident, |$row:pat_param| $value:expr) => {
        // A column takes but one part of the row.
        #[allow(unused_variables)]
        let column: Vec<_> = $piece.iter().map(|$row| $value).collect();
        $columns.push_bind(column);
    };
}
pub(crate) use bind_column;

/// One statement of [`insert_all!`].
macro_rules! execute_piece {
    ($tx:expr, $query:expr) => {
        $query.execute(&mut **$tx).await.map_err($crate::error::from_db)?.rows_affected()
    };
}
pub(crate) use execute_piece;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_written_in_few_sizes_and_none_is_left() {
        let rows: Vec<usize> = (0..300).collect();
        let texts = ["128", "64", "32", "16", "8", "4", "2", "1"];
        let sizes: Vec<_> = pieces(texts, &rows).map(|(text, piece)| (text, piece.len())).collect();
        assert_eq!(sizes, [("128", 128), ("128", 128), ("32", 32), ("8", 8), ("4", 4)]);
        assert_eq!(pieces(texts, &rows).flat_map(|(_, piece)| piece).copied().collect::<Vec<_>>(), rows);
        assert_eq!(pieces::<usize>(texts, &[]).count(), 0);
    }

    #[test]
    fn a_text_has_a_place_for_every_value() {
        let texts = texts("INSERT INTO t (a, b) ", 2, " ON CONFLICT DO NOTHING");
        assert_eq!(texts[PIECES.len() - 1], "INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT DO NOTHING");
        assert_eq!(texts.map(|text| text.matches('?').count()), PIECES.map(|rows| 2 * rows));
    }
}
