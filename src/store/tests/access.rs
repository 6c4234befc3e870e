//! Who may do and see what, on both engines: roles, projects, helpers on behalf of people, and the refusals in the log.
#![allow(clippy::unwrap_used, missing_docs)]

mod people;

use std::time::Duration;

use domain::access::{Action, Subject};
use domain::event::Refusal;
use domain::helper::RestartPolicy;
use domain::{Actor, Cut, DeliveryStatus, ErrorCode, EventData, Project, ProjectId, Result, Rights, Role};
use people::{add, hash, name, open, person, post, project, say, set_role, sign_in};
use store::commands::{
    AnswerDelivery, BeginProject, CancelTask, ChangeConversation, ClaimDelivery, CreateToken, DisableUser, MarkRead,
    NoteRefusal, OpenConversation, OpenPair, RegisterHelper, RequeueDelivery, SetPaused,
};
use store::testing::{TestStore, owner};
use store::{Change, Command, Store, on_both};

fn author() -> domain::HelperName {
    "the_author".parse().unwrap()
}

async fn hire(store: &Store) {
    let register = RegisterHelper {
        name: author(),
        description: "Helps.".into(),
        version: "1".into(),
        built_in: true,
        restart: RestartPolicy::Always,
    };
    store.run(&Actor::system(), register).await.unwrap();
}

async fn claim(store: &Store) -> Option<store::commands::Claimed> {
    store.run(&Actor::system(), ClaimDelivery { helper: author() }).await.unwrap()
}

async fn refusals(store: &Store) -> Vec<Refusal> {
    let events = store.events(0, 200).await.unwrap();
    events
        .into_iter()
        .filter_map(|event| match event.what {
            EventData::AccessRefused(refusal) => Some(refusal),
            _ => None,
        })
        .collect()
}

/// Someone with `role` on one of two projects, each with a conversation; and the workshop's own conversation.
async fn someone_local(store: &Store, role: Role) -> (Project, Project) {
    let (mine, other) = (project(store, "pods").await, project(store, "other").await);
    add(store, "ada", None).await;
    store.run(&owner(), set_role("ada", Some(mine.id), Some(role))).await.unwrap();
    (mine, other)
}

/// Leaves its subject to the transaction and then forgets to check anything.
struct Forgetful;

impl Command for Forgetful {
    const ACTION: Action = Action::ManagePeople;
    type Output = ();

    fn subject(&self) -> Option<Subject> {
        None
    }

    async fn apply(&self, _: &mut Change<'_>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_rights_holds_at_once_here_and_soon_on_the_other_server() {
    let Some(test) = TestStore::postgres().await else { return };
    let other = test.another().await;
    add(&test.store, "ada", Some(Role::Viewer)).await;
    let talks = |store: &Store| store.rights(&person("ada")).allow(Action::Talk, Subject::Workshop).is_ok();
    for role in [Role::Editor, Role::Viewer, Role::Operator] {
        test.store.run(&owner(), set_role("ada", None, Some(role))).await.unwrap();
        let expected = role >= Role::Editor;
        assert_eq!(talks(&test.store), expected);
        let mut head = other.log().watch();
        let seen = async {
            while talks(&other) != expected {
                head.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(20), seen).await.unwrap();
    }
    // Both change the same person in turns: whoever did it last sees it at once, whatever the other one wrote between.
    for (store, role) in
        [(&test.store, Role::Viewer), (&other, Role::Editor), (&test.store, Role::Viewer), (&other, Role::Editor)]
    {
        store.run(&owner(), set_role("ada", None, Some(role))).await.unwrap();
        assert_eq!(talks(store), role >= Role::Editor);
    }
    other.close().await;
    test.finish().await;
}

on_both! {
    async fn each_role_does_what_it_may_and_no_more(store: Store) {
        hire(&store).await;
        let id = open(&store, None).await;
        for (text, role) in [("vera", Role::Viewer), ("eddy", Role::Editor), ("otto", Role::Operator)] {
            add(&store, text, Some(role)).await;
        }
        let code = |outcome: Result<()>| outcome.map_err(|error| error.code);
        let talk = async |actor: &Actor| code(store.run(actor, post(id, "hello")).await.map(drop));
        let pause = async |actor: &Actor| {
            code(store.run(actor, SetPaused { helper: author(), paused: true }).await.map(drop))
        };
        let refused = Err(ErrorCode::Forbidden);
        for (text, talks, pauses) in [("vera", refused, refused), ("eddy", Ok(()), refused), ("otto", Ok(()), Ok(()))] {
            assert_eq!(talk(&person(text)).await, talks, "{text}");
            assert_eq!(pause(&person(text)).await, pauses, "{text}");
            store.run(&person(text), MarkRead { conversation: id, position: 1 }).await.unwrap();
        }
        assert_eq!(talk(&person("nobody")).await, Err(ErrorCode::Unauthorized));
        store.run(&owner(), DisableUser { user: name("otto"), disabled: true }).await.unwrap();
        assert_eq!(talk(&person("otto")).await, Err(ErrorCode::Unauthorized));
        let conversation = store.conversation(id).await.unwrap().unwrap();
        assert_eq!(conversation.message_count, 2);
    }

    async fn a_refusal_is_told_once_and_a_name_that_nobody_has_is_not_kept(store: Store) {
        add(&store, "vera", Some(Role::Viewer)).await;
        hire(&store).await;
        for _ in 0..5 {
            let pause = SetPaused { helper: author(), paused: true };
            store.run(&person("vera"), pause).await.unwrap_err();
            store.run(&person("nobody"), SetPaused { helper: author(), paused: true }).await.unwrap_err();
        }
        store.require(&person("vera"), Action::ManageSettings, Subject::Workshop).await.unwrap_err();
        store.require(&owner(), Action::ManageSettings, Subject::Workshop).await.unwrap();
        let told = refusals(&store).await;
        let actions: Vec<_> = told.iter().map(|refusal| refusal.action.as_str()).collect();
        assert_eq!(actions, ["operate", "manage_settings"]);
        assert_eq!(told[0].who, Some("user:vera".parse().unwrap()));
        assert_eq!(told[0].subject, "workshop");
        assert!(told[0].reason.contains("operator"), "{}", told[0].reason);
        for (claimed, kept) in [("vera", true), ("hunter2-oops", false)] {
            let refusal = NoteRefusal {
                who: Some(domain::Party::User(name(claimed))),
                action: "sign_in".into(),
                subject: "workshop".into(),
                reason: "The name or the password is wrong.".into(),
                place: Some("127.0.0.1".into()),
            };
            store.run(&Actor::system(), refusal).await.unwrap();
            assert_eq!(refusals(&store).await.pop().unwrap().who.is_some(), kept);
        }
    }

    async fn a_command_that_forgets_to_check_is_refused(store: Store) {
        assert_eq!(store.run(&owner(), Forgetful).await.unwrap_err().code, ErrorCode::Internal);
    }

    async fn someone_local_works_in_their_project_and_the_rest_is_not_there(store: Store) {
        hire(&store).await;
        let (mine, other) = someone_local(&store, Role::Editor).await;
        let (here, there, lobby) = (open(&store, Some(mine.id)).await, open(&store, Some(other.id)).await, open(&store, None).await);
        let ada = person("ada");
        say(&store, &ada, here, "@the_author pods").await;
        let code = |outcome: Result<()>| outcome.unwrap_err().code;
        for hidden in [there, lobby, store.new_id()] {
            let outcomes = [
                store.run(&ada, post(hidden, "hello")).await.map(drop),
                store.run(&ada, MarkRead { conversation: hidden, position: 1 }).await,
                store.run(&ada, ChangeConversation { conversation: hidden, title: Some("Mine".into()), join: vec![] }).await.map(drop),
            ];
            for outcome in outcomes {
                assert_eq!(code(outcome), ErrorCode::NotFound);
            }
        }
        let begin = |project: Option<ProjectId>| OpenConversation { title: "New".into(), participants: vec![], project };
        store.run(&ada, begin(Some(mine.id))).await.unwrap();
        for elsewhere in [Some(other.id), None] {
            assert_eq!(code(store.run(&ada, begin(elsewhere)).await.map(drop)), ErrorCode::Forbidden);
        }
        let make = BeginProject {
            slug: "third".parse().unwrap(),
            title: "Third".into(),
            brief: String::new(),
            template: "pwa".into(),
            template_version: "1".into(),
            steps: vec![],
            conversation: None,
            message: None,
        };
        assert_eq!(code(store.run(&ada, make).await.map(drop)), ErrorCode::Forbidden);
        let task = async |project: ProjectId| CancelTask { task: store.tasks_of_project(project).await.unwrap()[0].id };
        assert_eq!(code(store.run(&ada, task(other.id).await).await.map(drop)), ErrorCode::NotFound);
        store.run(&ada, task(mine.id).await).await.unwrap();
        let delivery = store.deliveries(&Default::default(), 1).await.unwrap()[0].id;
        assert_eq!(code(store.run(&ada, RequeueDelivery { delivery }).await.map(drop)), ErrorCode::Forbidden);
    }

    async fn someone_local_sees_their_project_and_the_helpers_and_nothing_else(store: Store) {
        hire(&store).await;
        let (mine, other) = someone_local(&store, Role::Viewer).await;
        let (here, there, lobby) = (open(&store, Some(mine.id)).await, open(&store, Some(other.id)).await, open(&store, None).await);
        let mut said = Vec::new();
        for id in [here, there, lobby] {
            said.push(say(&store, &owner(), id, "@the_author the pods").await.id);
        }
        sign_in(&store, "ada", 1).await;
        let view = store.view(&person("ada"));
        let workshop = view.workshop().await.unwrap();
        assert_eq!(workshop.conversations.iter().map(|entry| entry.conversation.id).collect::<Vec<_>>(), [here]);
        assert_eq!(workshop.projects.iter().map(|project| project.id).collect::<Vec<_>>(), [mine.id]);
        assert_eq!(workshop.tasks.iter().map(|task| task.project).collect::<Vec<_>>(), [Some(mine.id)]);
        assert_eq!((workshop.helpers.len(), workshop.activity.len()), (1, 1));
        assert_eq!(workshop.minutes.values().sum::<i64>(), 1);
        assert_eq!(view.conversations(None, 10).await.unwrap().len(), 1);
        assert_eq!(view.search("pods", 10).await.unwrap().iter().map(|hit| hit.conversation).collect::<Vec<_>>(), [here]);
        assert_eq!((view.projects().await.unwrap().len(), view.tasks(10).await.unwrap().len()), (1, 1));
        let deliveries = view.deliveries(&Default::default(), 10).await.unwrap();
        assert_eq!(deliveries.iter().map(|delivery| delivery.conversation).collect::<Vec<_>>(), [here]);
        assert_eq!(view.messages(here, Cut::Newest, 10).await.unwrap().items.len(), 1);
        assert!(view.project(&mine.slug).await.unwrap().is_some() && view.project(&other.slug).await.unwrap().is_none());
        assert_eq!(view.thread(here, 10).await.unwrap().unwrap().deliveries.len(), 1);
        for hidden in [there, lobby] {
            assert!(view.conversation(hidden).await.unwrap().is_none());
            assert!(view.thread(hidden, 10).await.unwrap().is_none());
            assert!(view.messages(hidden, Cut::Newest, 10).await.unwrap().items.is_empty());
            assert!(view.window(hidden, Cut::Newest, 10).await.unwrap().messages.items.is_empty());
            assert!(view.commanded(hidden, "decide", 10).await.unwrap().is_empty());
        }
        let seen = async |n: usize| view.message(said[n]).await.unwrap().is_some();
        assert_eq!([seen(0).await, seen(1).await, seen(2).await], [true, false, false]);
        for delivery in store.deliveries(&Default::default(), 10).await.unwrap() {
            assert_eq!(view.delivery(delivery.id).await.unwrap().is_some(), delivery.conversation == here);
        }
        let (events, looked_at) = view.events(0, 200).await.unwrap();
        assert_eq!(looked_at, store.log().head().seq);
        for event in &events {
            let own = event.what.account() == Some(&name("ada"));
            assert!(event.project == Some(mine.id) || own || event.what.kind() == "helper.changed", "{event:?}");
        }
        for kind in ["session.started", "user.changed", "message.posted", "delivery.changed", "helper.changed"] {
            assert!(events.iter().any(|event| event.what.kind() == kind), "{kind}");
        }
        assert!(store.view(&person("nobody")).workshop().await.is_err());
        assert!(store.view(&person("nobody")).helpers().await.unwrap().is_empty());
    }

    async fn a_snapshot_of_someone_local_moves_on_by_what_they_may_see(store: Store) {
        hire(&store).await;
        let (mine, other) = someone_local(&store, Role::Editor).await;
        let (here, there) = (open(&store, Some(mine.id)).await, open(&store, Some(other.id)).await);
        let view = store.view(&person("ada"));
        let mut workshop = view.workshop().await.unwrap();
        for (actor, id) in [(owner(), there), (person("ada"), here), (owner(), here), (owner(), there)] {
            say(&store, &actor, id, "@the_author go").await;
        }
        open(&store, Some(mine.id)).await;
        let dead = claim(&store).await.unwrap();
        let answer = AnswerDelivery { delivery: dead.delivery.id, token: dead.token, body: Some("done".into()) };
        store.run(&dead.delivery.actor(), answer).await.unwrap();
        for event in view.events(workshop.seq, 200).await.unwrap().0 {
            workshop.apply(&event);
        }
        let later = view.workshop().await.unwrap();
        assert_eq!(workshop.conversations, later.conversations);
        assert_eq!((workshop.projects, workshop.tasks, workshop.dead), (later.projects, later.tasks, later.dead));
        assert_eq!((workshop.activity, workshop.minutes), (later.activity, later.minutes));
    }

    async fn only_admins_and_the_person_concerned_see_what_happens_to_an_account(store: Store) {
        for (text, role) in [("ada", Role::Operator), ("bob", Role::Operator)] {
            add(&store, text, Some(role)).await;
        }
        let before = store.log().head().seq;
        sign_in(&store, "ada", 1).await;
        let counts = async |text: &str| store.view(&person(text)).events(before, 10).await.unwrap().0.len();
        assert_eq!([counts("ada").await, counts("bob").await, counts("owner").await], [1, 0, 1]);
    }

    async fn a_helper_may_no_more_than_the_person_it_works_for(store: Store) {
        hire(&store).await;
        let (mine, other) = someone_local(&store, Role::Editor).await;
        let (here, there) = (open(&store, Some(mine.id)).await, open(&store, Some(other.id)).await);
        say(&store, &person("ada"), here, "@the_author go").await;
        let claimed = claim(&store).await.unwrap();
        let helper = claimed.delivery.actor();
        assert_eq!(helper, Actor::helper(author(), Some(name("ada"))));
        assert_eq!(store.run(&helper, post(there, "hello")).await.unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(store.view(&helper).search("go", 10).await.unwrap().len(), 1);
        assert!(store.view(&helper).conversation(there).await.unwrap().is_none());
        let answer = AnswerDelivery { delivery: claimed.delivery.id, token: claimed.token, body: Some("done".into()) };
        let other_helper = Actor::helper("the_archivist".parse().unwrap(), Some(name("ada")));
        assert_eq!(store.run(&other_helper, answer.clone()).await.unwrap_err().code, ErrorCode::Forbidden);
        assert_eq!(store.run(&owner(), answer.clone()).await.unwrap_err().code, ErrorCode::Forbidden);
        let posted = store.run(&helper, answer).await.unwrap().message.unwrap();
        let event = store.events(0, 200).await.unwrap().into_iter().rev().find(|event| event.what.kind() == "message.posted");
        let actor = event.unwrap().actor;
        assert_eq!((actor.by, actor.on_behalf_of), (posted.sender, Some(name("ada"))), "the event shows both");
    }

    async fn what_someone_asked_who_is_shut_out_now_is_given_up(store: Store) {
        hire(&store).await;
        add(&store, "ada", Some(Role::Editor)).await;
        let id = open(&store, None).await;
        say(&store, &person("ada"), id, "@the_author first").await;
        say(&store, &owner(), id, "@the_author second").await;
        store.run(&owner(), DisableUser { user: name("ada"), disabled: true }).await.unwrap();
        assert_eq!(claim(&store).await.unwrap().message.body, "@the_author second");
        let dead = store.deliveries(&Default::default(), 10).await.unwrap().into_iter().find(|d| d.status == DeliveryStatus::Dead);
        let dead = dead.unwrap();
        assert_eq!(dead.on_behalf_of, Some(name("ada")));
        assert!(dead.error.unwrap().contains("no role here"));
        assert_eq!(store.helper(&author()).await.unwrap().unwrap().helper.waiting, 1);
    }

    async fn a_helper_asked_by_a_token_is_bound_by_its_scope(store: Store) {
        hire(&store).await;
        let mine = project(&store, "pods").await;
        let id = open(&store, Some(mine.id)).await;
        let scope = domain::Scope { role: Role::Editor, projects: Some(vec![mine.id]) };
        let expires_at = store.now().plus_seconds(3_600);
        let create = CreateToken { hash: hash(1), user: name("owner"), name: "ci".into(), scope, expires_at };
        let token = store.run(&owner(), create).await.unwrap().id;
        say(&store, &owner().by_token(Some(token)), id, "@the_author go").await;
        let claimed = claim(&store).await.unwrap();
        let helper = claimed.delivery.actor();
        assert_eq!(helper.token, Some(token));
        let rights = store.rights(&helper);
        assert!(matches!(rights, Rights::Helper { of: Some(_) }));
        assert!(rights.allow(Action::Talk, Subject::Project(mine.id)).is_ok());
        assert!(rights.allow(Action::MakeProject, Subject::Workshop).is_err(), "the admin behind it may, the token may not");
        let answer = AnswerDelivery { delivery: claimed.delivery.id, token: claimed.token, body: Some("done".into()) };
        assert!(store.run(&helper, answer).await.unwrap().message.is_some());
    }

    async fn a_conversation_of_two_is_opened_by_one_of_them(store: Store) {
        hire(&store).await;
        add(&store, "ada", Some(Role::Editor)).await;
        let pair = OpenPair { one: "user:owner".parse().unwrap(), other: "helper:the_author".parse().unwrap() };
        assert_eq!(store.run(&person("ada"), pair.clone()).await.unwrap_err().field.as_deref(), Some("one"));
        store.run(&owner(), pair).await.unwrap();
        let stranger = OpenPair { one: "user:ada".parse().unwrap(), other: "user:nobody".parse().unwrap() };
        assert_eq!(store.run(&person("ada"), stranger).await.unwrap_err().field.as_deref(), Some("participants"));
    }
}
