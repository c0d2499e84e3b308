//! A player's requests: who waits for what, for how long, and how often it is asked for again.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use springhead_core::MonoTime;

use super::{Fault, Flavour, Order, Patience, Request, RequestId, Resource, Response};

/// Something that was asked for, however often it had to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

/// A request that was made, for whoever looks at what a player did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// When.
    pub at: MonoTime,
    /// What kind of thing it is for.
    pub resource: Resource,
    /// Path and query.
    pub path: String,
    /// The range asked for.
    pub range: Option<(u64, u64)>,
}

/// What became of a request.
#[derive(Debug)]
pub(super) enum Arrival {
    /// Bytes of a body that goes on.
    Some(Ticket, Bytes),
    /// The whole body, or what is left of it since the last bytes.
    Done(Ticket, Bytes),
    /// It failed, and is asked for again.
    Again(Fault),
    /// It failed for good.
    Failed(Ticket, Fault),
}

#[derive(Clone, Debug)]
struct Errand {
    ticket: Ticket,
    resource: Resource,
    path: String,
    range: Option<(u64, u64)>,
    /// Whether bytes are handed on as they come.
    streams: bool,
    retries_left: u32,
}

impl Errand {
    fn blocks(&self) -> bool {
        self.resource == Resource::Playlist && self.path.contains("_HLS_msn=")
    }
}

#[derive(Debug)]
struct Pending {
    errand: Errand,
    /// When the first byte has to be there; none once it is.
    due: Option<MonoTime>,
    body: Vec<u8>,
}

#[derive(Debug, Default)]
pub(super) struct Desk {
    requests: u64,
    tickets: u64,
    orders: VecDeque<Order>,
    pending: BTreeMap<RequestId, Pending>,
    again: Vec<(MonoTime, Errand)>,
    pub(super) made: Vec<Made>,
}

impl Desk {
    pub(super) fn get(&mut self, resource: Resource, path: String, flavour: &Flavour, now: MonoTime) -> Ticket {
        self.get_with(resource, path, None, false, flavour, now)
    }

    pub(super) fn get_with(
        &mut self,
        resource: Resource,
        path: String,
        range: Option<(u64, u64)>,
        streams: bool,
        flavour: &Flavour,
        now: MonoTime,
    ) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let retries_left = patience(flavour, resource).retries;
        self.send(Errand { ticket, resource, path, range, streams, retries_left }, flavour, now);
        ticket
    }

    fn send(&mut self, errand: Errand, flavour: &Flavour, now: MonoTime) {
        self.requests += 1;
        let id = RequestId(self.requests);
        let Errand { resource, ref path, range, .. } = errand;
        self.made.push(Made { at: now, resource, path: path.clone(), range });
        self.orders.push_back(Order::Get(Request { id, path: path.clone(), range }));
        let due = Some(now + patience(flavour, resource).first_byte);
        self.pending.insert(id, Pending { errand, due, body: Vec::new() });
    }

    /// Nobody waits for it any more.
    pub(super) fn drop_ticket(&mut self, ticket: Ticket) {
        self.again.retain(|(_, errand)| errand.ticket != ticket);
        let of_ticket = |pending: &Pending| pending.errand.ticket == ticket;
        let found = self.pending.iter().find(|(_, pending)| of_ticket(pending)).map(|(id, _)| *id);
        if let Some(id) = found {
            self.abort(id);
        }
    }

    pub(super) fn drop_all(&mut self) {
        self.again.clear();
        for id in self.pending.keys().copied().collect::<Vec<_>>() {
            self.abort(id);
        }
    }

    fn abort(&mut self, id: RequestId) {
        self.pending.remove(&id);
        // What has not been sent need not be.
        let before = self.orders.len();
        self.orders.retain(|order| !matches!(order, Order::Get(request) if request.id == id));
        if self.orders.len() == before {
            self.orders.push_back(Order::Abort(id));
        }
    }

    pub(super) fn poll_order(&mut self) -> Option<Order> {
        self.orders.pop_front()
    }

    pub(super) fn handle_response(
        &mut self,
        id: RequestId,
        response: Response,
        flavour: &Flavour,
        now: MonoTime,
    ) -> Option<Arrival> {
        let pending = self.pending.get_mut(&id)?;
        let (resource, blocked) = (pending.errand.resource, pending.errand.blocks());
        match response {
            Response::Head { status: 200..=299 } => {
                pending.due = None;
                None
            }
            Response::Head { status } => {
                let refused = (400..500).contains(&status);
                Some(self.fail(id, Fault::Status { resource, status, blocked }, refused, flavour, now))
            }
            Response::Body(bytes) if pending.errand.streams => Some(Arrival::Some(pending.errand.ticket, bytes)),
            Response::Body(bytes) => {
                pending.body.extend_from_slice(&bytes);
                None
            }
            Response::End => {
                let pending = self.pending.remove(&id)?;
                Some(Arrival::Done(pending.errand.ticket, pending.body.into()))
            }
            Response::Lost => Some(self.fail(id, Fault::Lost { resource, blocked }, false, flavour, now)),
        }
    }

    /// The next request whose first byte did not come in time.
    pub(super) fn handle_timeout(&mut self, flavour: &Flavour, now: MonoTime) -> Option<Arrival> {
        while let Some(at) = self.again.iter().position(|(due, _)| *due <= now) {
            let (_, errand) = self.again.swap_remove(at);
            self.send(errand, flavour, now);
        }
        let late = self.pending.iter().find(|(_, pending)| pending.due.is_some_and(|due| due <= now));
        let (&id, pending) = late?;
        let fault = Fault::Timeout { resource: pending.errand.resource, blocked: pending.errand.blocks() };
        self.orders.push_back(Order::Abort(id));
        Some(self.fail(id, fault, false, flavour, now))
    }

    fn fail(&mut self, id: RequestId, fault: Fault, refused: bool, flavour: &Flavour, now: MonoTime) -> Arrival {
        let Some(Pending { mut errand, .. }) = self.pending.remove(&id) else { unreachable!("it was just found") };
        let ticket = errand.ticket;
        let patience = patience(flavour, errand.resource);
        if errand.retries_left == 0 || refused && !patience.after_refusal {
            return Arrival::Failed(ticket, fault);
        }
        errand.retries_left -= 1;
        self.again.push((now + patience.pause, errand));
        Arrival::Again(fault)
    }

    pub(super) fn poll_timeout(&self) -> Option<MonoTime> {
        let late = self.pending.values().filter_map(|pending| pending.due);
        late.chain(self.again.iter().map(|(due, _)| *due)).min()
    }
}

fn patience(flavour: &Flavour, resource: Resource) -> Patience {
    match resource {
        // A hint may never come true, so it is not asked for twice.
        Resource::Hint => Patience { retries: 0, first_byte: Duration::from_secs(60), ..flavour.media },
        resource if resource.is_manifest() => flavour.manifests,
        _ => flavour.media,
    }
}
