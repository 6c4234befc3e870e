//! Many rows in few statements: on SQLite with so many values, on PostgreSQL with a column each. There a value by itself
//! is the dearer, and so is a statement, which is a round trip.

/// How many rows a statement of SQLite has, the most that fit first: so few texts that each is prepared once.
const PIECES: [usize; 3] = [64, 8, 1];
/// Most rows in a statement of PostgreSQL.
pub(crate) const MOST: usize = 512;

/// The rows in the pieces in which they are written together.
pub(crate) fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let piece = PIECES.into_iter().find(|piece| *piece <= rows.len())?;
        let (first, rest) = rows.split_at(piece);
        rows = rest;
        Some(first)
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
                    let into = concat!("INSERT INTO ", $table, " (", $columns, ") ");
                    for piece in $crate::rows::pieces($rows) {
                        let mut query = sqlx::QueryBuilder::<sqlx::Sqlite>::new(into);
                        query.push_values(piece, |mut values, $row| {
                            $(values.push_bind($value);)+
                        });
                        touched += $crate::rows::execute_piece!(tx, query, $after);
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
                        touched += $crate::rows::execute_piece!(tx, query, $after);
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
    ($tx:expr, $query:ident, $after:expr) => {
        $query.push($after).build().execute(&mut **$tx).await.map_err($crate::error::from_db)?.rows_affected()
    };
}
pub(crate) use execute_piece;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_written_in_few_sizes_and_none_is_left() {
        let rows: Vec<usize> = (0..147).collect();
        let sizes: Vec<usize> = pieces(&rows).map(<[usize]>::len).collect();
        assert_eq!(sizes, [64, 64, 8, 8, 1, 1, 1]);
        assert_eq!(pieces(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        assert_eq!(pieces::<usize>(&[]).count(), 0);
    }
}
