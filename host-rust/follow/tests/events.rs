//! What is told by `tracing`, alone in its process: other threads would settle which events anybody listens to.

mod scene;
#[path = "../../host/tests/told/mod.rs"]
mod told;

use scene::Scene;
use tenon_follow::follow;
use told::Told;

#[test]
fn what_a_follower_does_is_told_by_the_names_of_both_hosts() {
    let scene = Scene::new(&scene::engine());
    let told = Told::default();
    tracing::subscriber::with_default(told.clone(), || {
        // The first look is made by this thread.
        drop(follow(scene.slot("sums"), &scene.registry, scene.options()).unwrap());
        scene.resign(&scene.stranger, |_| {});
        scene.force(|_| {});
        drop(follow(scene.slot("other"), &scene.registry, scene.options()).unwrap());
    });
    let lines = told.lines();
    told::check(&lines);
    let messages: Vec<_> = lines.iter().map(|it| it["message"].as_str()).collect();
    assert_eq!(
        messages,
        ["slot swapped", "version followed", "version refused"]
    );
    assert_eq!(lines[1]["version"], scene.old);
    assert_eq!(lines[2]["reason"], "key-unknown");
    assert_eq!(lines[2]["kind"], "integrity");
}
