//! The table, said once more as a grid, over everyone and everything.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::*;
use crate::error::ErrorCode;
use crate::role::Role;

/// What is expected, action by action. Columns: a person without a role, a viewer, an editor, an operator, an
/// admin; a token of an admin for no project at all, and capped at each of the four; a helper for each of those five
/// people; a helper alone; the workshop. Letters stand for yes, dots for no. Nobody may do nothing at all.
const GRID: &str = "
    read            .veoa  .veoa  .veoa  h s
    talk            ..eoa  ..eoa  ..eoa  h s
    answer          .....  .....  ..eoa  h .
    make_project    ..eoa  ..eoa  ..eoa  . s
    cancel_task     ..eoa  ..eoa  .....  . s
    run             ..eoa  ..eoa  ..eoa  . s
    decide          ..eoa  ..eoa  .....  . s
    tighten         ...oa  ...oa  .....  . .
    operate         ...oa  ...oa  .....  . s
    import          ....a  ....a  .....  . s
    manage_people   ....a  ....a  .....  . s
    manage_settings ....a  ....a  .....  . s
    manage_tokens   ....a  ....a  .....  . s
    own_account     nveoa  .....  .....  . .
    observe         .....  .....  .....  . s
";

/// A place where a role is held, the subjects for which it counts there, and those for which it does not.
type Place = (fn(Role) -> Grants, Vec<Subject>, Vec<Subject>);

fn places() -> [Place; 2] {
    let (mine, other) = (Subject::Project(project(1)), Subject::Project(project(2)));
    [
        (Grants::workshop, vec![Subject::Workshop, mine, other, Subject::Anywhere], vec![]),
        (
            |role| Grants { workshop: None, projects: BTreeMap::from([(project(1), role)]) },
            vec![mine, Subject::Anywhere],
            vec![Subject::Workshop, other],
        ),
    ]
}

fn project(n: u128) -> ProjectId {
    ProjectId(Uuid::from_u128(n))
}

fn person(grants: Grants) -> Rights {
    Rights::Person { user: "ada".parse().unwrap(), grants }
}

fn token(grants: Grants) -> Rights {
    Rights::Token { user: "ada".parse().unwrap(), grants }
}

fn helper(grants: Grants) -> Rights {
    Rights::Helper { of: Some(grants) }
}

fn expected() -> BTreeMap<&'static str, Vec<&'static str>> {
    GRID.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.collect()))
        })
        .collect()
}

fn check(rights: &Rights, action: Action, subject: Subject, mark: char) {
    let outcome = rights.allow(action, subject);
    assert_eq!(outcome.is_ok(), mark != '.', "{rights:?} {} {subject}: {outcome:?}", action.name());
    if let Err(error) = outcome {
        let code = if *rights == Rights::Nobody { ErrorCode::Unauthorized } else { ErrorCode::Forbidden };
        assert_eq!(error.code, code);
    }
}

#[test]
fn everyone_may_do_exactly_what_the_grid_says() {
    let grid = expected();
    assert_eq!(grid.len(), Action::ALL.len());
    let levels = [None, Some(Role::Viewer), Some(Role::Editor), Some(Role::Operator), Some(Role::Admin)];
    let all = [Subject::Workshop, Subject::Project(project(1)), Subject::Project(project(2)), Subject::Anywhere];
    for action in Action::ALL {
        let columns = &grid[action.name()];
        let [people, tokens, helpers, alone, system] = columns[..] else { panic!("{columns:?}") };
        for subject in all {
            check(&Rights::Nobody, action, subject, '.');
            check(&Rights::Helper { of: None }, action, subject, alone.chars().next().unwrap());
            check(&Rights::System, action, subject, system.chars().next().unwrap());
        }
        for (make, counts, idle) in places() {
            for (level, ((by_person, by_token), by_helper)) in
                levels.iter().zip(people.chars().zip(tokens.chars()).zip(helpers.chars()))
            {
                let grants = level.map(make).unwrap_or_default();
                let capped = level.map_or_else(
                    || make(Role::Admin).capped_by(&Scope { role: Role::Admin, projects: Some(vec![]) }),
                    |role| make(Role::Admin).capped_by(&Scope { role, projects: None }),
                );
                for subject in &counts {
                    check(&person(grants.clone()), action, *subject, by_person);
                    check(&token(capped.clone()), action, *subject, by_token);
                    check(&helper(grants.clone()), action, *subject, by_helper);
                }
                // Where the role does not count, only what takes none is left.
                for subject in &idle {
                    let own = people.chars().next().unwrap();
                    check(&person(grants.clone()), action, *subject, own);
                    check(&token(capped.clone()), action, *subject, '.');
                    check(&helper(grants.clone()), action, *subject, '.');
                }
            }
        }
    }
}

#[test]
fn every_action_has_one_row_and_one_name() {
    for action in Action::ALL {
        assert_eq!(TABLE.iter().filter(|row| row.action == action).count(), 1, "{}", action.name());
        assert_eq!(Action::ALL.iter().filter(|other| other.name() == action.name()).count(), 1);
        assert!(table_markdown().contains(&format!("| `{}`: {} |", action.name(), action.meaning())));
    }
}

#[test]
fn a_refusal_says_which_role_it_takes_and_who_can_give_it() {
    let refusal = |rights: Rights, action| rights.allow(action, Subject::Workshop).unwrap_err().to_string();
    assert_eq!(
        refusal(person(Grants::workshop(Role::Editor)), Action::Operate),
        "This takes the role operator; you are an editor. Ask an admin."
    );
    assert_eq!(
        refusal(person(Grants::default()), Action::Read),
        "This takes the role viewer; you have no role here. Ask an admin."
    );
    assert_eq!(
        refusal(helper(Grants::workshop(Role::Viewer)), Action::MakeProject),
        "This takes the role editor; the person this is done for is a viewer. Ask an admin."
    );
    assert!(refusal(token(Grants::workshop(Role::Admin)), Action::OwnAccount).contains("Sign in"));
    assert!(refusal(Rights::Nobody, Action::Read).contains("Sign in"));
}

#[test]
fn a_reader_sees_the_projects_with_a_role_and_a_helper_no_more_than_its_person() {
    let one = Grants { workshop: None, projects: BTreeMap::from([(project(1), Role::Viewer)]) };
    for rights in [person(one.clone()), token(one.clone()), helper(one)] {
        let sight = rights.sight();
        assert!(sight.covers(Some(project(1))) && !sight.covers(Some(project(2))) && !sight.covers(None), "{rights:?}");
    }
    for rights in [Rights::System, Rights::Helper { of: None }, person(Grants::workshop(Role::Viewer))] {
        assert_eq!(rights.sight(), Sight::Everything, "{rights:?}");
    }
    for rights in [Rights::Nobody, helper(Grants::default())] {
        assert_eq!(rights.sight(), Sight::Projects(vec![]), "{rights:?}");
    }
}

#[test]
fn the_document_shows_the_table_as_it_is() {
    let document = include_str!("../../../../docs/ACCESS.md");
    let (_, rest) = document.split_once("<!-- table -->\n").unwrap();
    let (shown, _) = rest.split_once("<!-- end -->").unwrap();
    assert_eq!(shown, table_markdown(), "put the table above into docs/ACCESS.md");
    for role in Role::ALL {
        assert!(document.contains(&format!("| `{role}` | {} |", role.meaning())), "{role}");
    }
}
