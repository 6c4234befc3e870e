//! Groups, and roles on single projects, over REST.

use domain::Role;
use domain::access::{Action, Subject};
use projects::Origin;
use serde_json::{Value, json};
use store::commands::CreateUser;
use store::testing::owner;

use crate::cookies;
use crate::http::{ask, get};
use crate::workshop::Workshop;

#[tokio::test]
async fn a_role_on_one_project_is_given_and_taken_away() {
    let workshop = Workshop::open().await;
    let (to, store) = (workshop.address, &workshop.store);
    let projects = &workshop.server.state.projects;
    let pods = projects.make(&owner(), "pods", None, Origin::default()).await.unwrap().project;
    projects.make(&owner(), "other", None, Origin::default()).await.unwrap();
    for name in ["ada", "bob"] {
        let new = CreateUser { name: name.parse().unwrap(), display_name: name.into(), role: None, password: None };
        store.run(&owner(), new).await.unwrap();
    }
    let put = async |path: &str, body: &Value| {
        let answer = ask(to, "PUT", &format!("/api/v1{path}")).json(body).send().await;
        (answer.status, answer.json())
    };
    let admin = json!({ "role": "admin" });
    let given = ask(to, "PUT", "/api/v1/users/ada/projects/pods/role").json(&admin).send().await;
    assert_eq!(given.status, 204, "{}", given.text());
    let listed = get(to, "/api/v1/users").send().await.json();
    assert_eq!(listed["items"][0]["project_roles"], json!({ pods.id.to_string(): "admin" }));
    for path in ["/users/nobody/projects/pods/role", "/users/ada/projects/gone/role", "/groups/crew/projects/pods/role"]
    {
        let (status, problem) = put(path, &admin).await;
        assert_eq!(status, 404, "{path}: {problem}");
    }
    let (status, problem) = put("/users/ada/projects/pods/role", &json!({ "role": "root" })).await;
    assert_eq!((status, &problem["field"]), (422, &json!("role")));

    let (status, group) = put("/groups/crew", &json!({ "members": ["bob"], "role": "viewer" })).await;
    assert_eq!((status, &group["role"]), (200, &json!("viewer")), "{group}");
    // Ada is an admin there, and nowhere else.
    let cookie = cookies::session_of(store, &"ada".parse().unwrap(), 3_600).await;
    let by_ada = async |method: &'static str, path: &str| {
        let path = format!("/api/v1{path}");
        ask(to, method, &path).header("cookie", &cookie).json(&json!({ "role": "editor" })).send().await.status
    };
    assert_eq!(by_ada("PUT", "/groups/crew/projects/pods/role").await, 204);
    assert_eq!(by_ada("PUT", "/groups/crew/projects/other/role").await, 404, "it is out of her sight");
    assert_eq!(by_ada("PUT", "/groups/crew").await, 403);
    let bob = store.rights(&domain::Actor::user("bob".parse().unwrap()));
    assert!(bob.allow(Action::Talk, Subject::Project(pods.id)).is_ok());
    assert!(bob.allow(Action::Talk, Subject::Workshop).is_err());

    let (_, group) = put("/groups/crew", &json!({ "members": ["bob"] })).await;
    assert_eq!(group["project_roles"], json!({ pods.id.to_string(): "editor" }), "they stay");
    for path in ["/groups/crew/projects/pods/role", "/users/ada/projects/pods/role"] {
        // What is not there any more is taken away all the same.
        for _ in 0..2 {
            assert_eq!(ask(to, "DELETE", &format!("/api/v1{path}")).send().await.status, 204, "{path}");
        }
    }
    assert!(store.user(&"ada".parse().unwrap()).await.unwrap().unwrap().project_roles.is_empty());
    let groups = store.groups().await.unwrap();
    assert_eq!((groups[0].role, groups[0].project_roles.len()), (None::<Role>, 0));
    assert_eq!(get(to, "/api/v1/groups").send().await.json()["items"][0]["name"], "crew");
    assert_eq!(ask(to, "DELETE", "/api/v1/groups/crew").send().await.status, 204);
    assert_eq!(ask(to, "DELETE", "/api/v1/groups/crew").send().await.status, 404);
    workshop.close().await;
}
