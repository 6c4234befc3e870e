//! Many rows in few statements.

/// How many rows a statement has, the most that fit first: so few texts that each is prepared once.
const PIECES: [usize; 3] = [64, 8, 1];

/// The rows in the pieces in which they are written together.
pub(crate) fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let piece = PIECES.into_iter().find(|piece| *piece <= rows.len())?;
        let (first, rest) = rows.split_at(piece);
        rows = rest;
        Some(first)
    })
}

/// Writes the rows of a slice and tells how many it touched: `$into` names the table and its columns, then come of each
/// row its values, then `$after`, which may be empty.
macro_rules! insert_all {
    ($tx:expr, $into:expr, $rows:expr, |$row:pat_param| [$($value:expr),+ $(,)?], $after:expr) => {
        async {
            let mut touched = 0;
            for piece in $crate::rows::pieces($rows) {
                touched += match $tx {
                    $crate::db::Tx::Sqlite(tx) => {
                        $crate::rows::insert_piece!(sqlx::Sqlite, tx, $into, piece, |$row| [$($value),+], $after)
                    }
                    $crate::db::Tx::Postgres(tx) => {
                        $crate::rows::insert_piece!(sqlx::Postgres, tx, $into, piece, |$row| [$($value),+], $after)
                    }
                }
                .map_err($crate::error::from_db)?;
            }
            Ok::<u64, domain::Error>(touched)
        }
    };
}
pub(crate) use insert_all;

/// One statement of [`insert_all!`].
macro_rules! insert_piece {
    ($engine:ty, $tx:expr, $into:expr, $piece:expr, |$row:pat_param| [$($value:expr),+], $after:expr) => {{
        let mut query = sqlx::QueryBuilder::<$engine>::new($into);
        query.push_values($piece, |mut values, $row| {
            $(values.push_bind($value);)+
        });
        query.push($after);
        query.build().execute(&mut **$tx).await.map(|done| done.rows_affected())
    }};
}
pub(crate) use insert_piece;

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
