//! One WebSocket with its callbacks. Dropping it closes it and lets go of them.

use domain::stream::{ClientFrame, ServerFrame};
use leptos::logging::warn;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// One WebSocket with its callbacks.
pub(in crate::live) struct Socket {
    socket: WebSocket,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Opens one to the stream of the server that the page came from; none: the browser refuses.
    pub(in crate::live) fn open(
        mut on_frame: impl FnMut(ServerFrame) + 'static,
        mut on_close: impl FnMut(u16) + 'static,
    ) -> Option<Self> {
        let location = web_sys::window()?.location();
        let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
        let socket = WebSocket::new(&format!("{scheme}://{}/api/v1/events", location.host().ok()?)).ok()?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            let Some(text) = message.data().as_string() else { return };
            match domain::from_json(&text) {
                Ok(frame) => on_frame(frame),
                // A newer server may say things that this page does not know; the rest still counts.
                Err(err) => warn!("a frame of the live stream was not understood: {err}"),
            }
        });
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| on_close(event.code()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Some(Self { socket, _on_message: on_message, _on_close: on_close })
    }

    /// Says something and tells whether that worked; what could not be said is said again on opening.
    pub(in crate::live) fn say(&self, frame: &ClientFrame) -> bool {
        self.socket.ready_state() == WebSocket::OPEN
            && serde_json::to_string(frame).is_ok_and(|text| self.socket.send_with_str(&text).is_ok())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Fails only when it is closed already.
        let _ = self.socket.close();
    }
}
