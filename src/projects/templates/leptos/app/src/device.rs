//! What the device does: keeping notes, the connection, installing, updating, and words for times. The browser speaks
//! JavaScript here; it is in `app/js/`.

use wasm_bindgen::prelude::*;

use crate::notes::Note;

#[wasm_bindgen(module = "/js/store.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = all)]
    async fn js_all() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = put)]
    async fn js_put(note: JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = remove)]
    async fn js_remove(id: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = onChange)]
    fn js_on_change(tell: &Closure<dyn Fn()>);
}

#[wasm_bindgen(module = "/js/device.js")]
extern "C" {
    #[wasm_bindgen(js_name = watchConnection)]
    fn js_watch_connection(tell: &Closure<dyn Fn(bool)>);
    #[wasm_bindgen(js_name = watchInstall)]
    fn js_watch_install(tell: &Closure<dyn Fn(bool)>);
    #[wasm_bindgen(js_name = keepOnDevice)]
    fn js_keep_on_device(offer: &Closure<dyn Fn()>);
    /// Installs the app, after an offer to.
    pub fn install();
    /// Uses the new version, after an offer to.
    pub fn update();
    #[wasm_bindgen(js_name = newId)]
    pub fn new_id() -> String;
    /// Whether the app was opened in order to write.
    #[wasm_bindgen(js_name = askedToWrite)]
    pub fn asked_to_write() -> bool;
    /// How long ago, in words.
    pub fn since(at: f64) -> String;
    /// When, in words.
    pub fn exactly(at: f64) -> String;
    /// When, for programs.
    pub fn iso(at: f64) -> String;
    /// What an error says.
    pub fn words(error: &JsValue) -> String;
}

/// All notes, newest first.
pub async fn all() -> Result<Vec<Note>, JsValue> {
    Ok(serde_wasm_bindgen::from_value(js_all().await?)?)
}

/// Keeps a note, new or changed.
pub fn put(note: &Note) -> impl Future<Output = Result<(), JsValue>> + use<> {
    let note = serde_wasm_bindgen::to_value(note);
    async move { js_put(note?).await.map(drop) }
}

/// Forgets a note.
pub async fn remove(id: &str) -> Result<(), JsValue> {
    js_remove(id).await.map(drop)
}

/// Calls back when another tab has changed something.
pub fn on_change(tell: impl Fn() + 'static) {
    let tell = Closure::new(tell);
    js_on_change(&tell);
    // It may be called as long as the page is there.
    tell.forget();
}

/// Tells whether there is a connection, now and whenever that changes.
pub fn watch_connection(tell: impl Fn(bool) + 'static) {
    let tell = Closure::new(tell);
    js_watch_connection(&tell);
    tell.forget();
}

/// Tells whether the app can be installed, whenever that changes.
pub fn watch_install(tell: impl Fn(bool) + 'static) {
    let tell = Closure::new(tell);
    js_watch_install(&tell);
    tell.forget();
}

/// Keeps the app on the device, and offers the next version when there is one.
pub fn keep_on_device(offer: impl Fn() + 'static) {
    let offer = Closure::new(offer);
    js_keep_on_device(&offer);
    offer.forget();
}
