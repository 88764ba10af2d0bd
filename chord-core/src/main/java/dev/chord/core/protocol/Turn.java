package dev.chord.core.protocol;

import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.placement.Ownership;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import dev.chord.core.ring.SuccessorList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The working copy of a state during one step. Operations change it and ask it to send and report; nothing of
 * it survives the step but the {@link Transition}.
 */
final class Turn {
    private static final int MAX_REMEMBERED = 64;

    private final NodeState before;
    // The state as it was when somebody asked for it last, so that it is not made twice.
    private NodeState latest;
    private List<Action> actions = List.of();

    Phase phase;
    RingView view;
    Ownership ownership;
    Optional<Peer> notifier;
    Optional<NodeState.Admission> admission;
    Optional<NodeState.Joining> joining;
    Optional<NodeState.Leaving> leaving;
    Optional<Peer> departed;
    Optional<NodeState.Taking> taking;
    Table<Long, Pending> pending;
    Table<Long, NodeState.OngoingLookup> lookups;
    Table<Identifier, Integer> misses;
    Table<Identifier, Peer> remembered;
    Table<Identifier, NodeState.Gift> gifts;
    Optional<Identifier> lastAsked;
    Optional<Identifier> lastLooked;
    int isolation;
    int reunionRest;
    int reunionPause;
    boolean predecessorHeard;
    int unsettled;
    int nextFinger;
    private long nextId;

    Turn(NodeState state) {
        before = state;
        latest = state;
        phase = state.phase();
        view = state.view();
        ownership = state.ownership();
        notifier = state.notifier();
        admission = state.admission();
        joining = state.joining();
        leaving = state.leaving();
        departed = state.departed();
        taking = state.taking();
        pending = state.pending();
        lookups = state.lookups();
        misses = state.misses();
        remembered = state.remembered();
        gifts = state.gifts();
        lastAsked = state.lastAsked();
        lastLooked = state.lastLooked();
        isolation = state.isolation();
        reunionRest = state.reunionRest();
        reunionPause = state.reunionPause();
        predecessorHeard = state.predecessorHeard();
        unsettled = state.unsettled();
        nextFinger = state.nextFinger();
        nextId = state.nextId();
    }

    RingSettings settings() {
        return before.settings();
    }

    Peer self() {
        return view.self();
    }

    Identifier id() {
        return view.self().id();
    }

    SuccessorList successors() {
        return view.successors();
    }

    void successors(SuccessorList list) {
        view = view.withSuccessors(list);
    }

    void predecessor(Optional<Peer> peer) {
        view = view.withPredecessor(peer);
    }

    long newId() {
        return nextId++;
    }

    /** Whether nothing has changed in this step that decides who owns what. */
    boolean sameRing() {
        return phase == before.phase()
                && view == before.view()
                && ownership == before.ownership()
                && taking.equals(before.taking());
    }

    /** The view at the beginning of this step. */
    RingView viewBefore() {
        return before.view();
    }

    /** The peer was presumed dead, and has not been heard of since. */
    boolean missing(Peer peer) {
        return misses.getOrDefault(peer.id(), 0) >= settings().misses();
    }

    boolean maintaining() {
        return pending.anyMatch(Pending::maintenance);
    }

    void send(Peer to, Request request, Pending then) {
        send(to.endpoint(), Optional.of(to.id()), request, then);
    }

    void send(Endpoint to, Optional<Identifier> target, Request request, Pending then) {
        long id = newId();
        pending = pending.with(id, then);
        act(new Action.Send(id, to, target, request));
    }

    void respond(long ticket, Reply reply) {
        act(new Action.Respond(ticket, reply));
    }

    void finish(long command, Outcome outcome) {
        act(new Action.Finish(command, outcome));
    }

    void act(Action action) {
        if (actions.isEmpty()) {
            actions = List.of(action); // nearly always there is no other
        } else {
            if (!(actions instanceof ArrayList)) {
                actions = new ArrayList<>(actions);
            }
            actions.add(action);
        }
    }

    /** The peer answered: whatever was held against it is forgotten. */
    void heard(Peer peer) {
        misses = misses.without(peer.id());
    }

    /** The peer did not answer. Returns whether that was once too often. */
    boolean missed(Peer peer, Event.Failure failure) {
        int count = misses.getOrDefault(peer.id(), 0) + 1;
        misses = misses.with(peer.id(), count);
        if (!failure.certain() && count < settings().misses()) {
            return false;
        }
        misses = misses.with(peer.id(), settings().misses());
        view = view.withoutShortcut(peer.id());
        act(new Action.Report(new Fact.PeerPresumedDead(peer, failure.detail())));
        return true;
    }

    /** A miss is held against the peer for less long. */
    void forgive(Peer peer) {
        int count = misses.getOrDefault(peer.id(), 0);
        misses = count > 1 ? misses.with(peer.id(), count - 1) : misses.without(peer.id());
    }

    /** What becomes of the answer to a request, which is no longer in flight; empty: it is not known here. */
    Optional<Pending> ended(long requestId) {
        Optional<Pending> waiting = pending.get(requestId);
        pending = pending.without(requestId);
        return waiting;
    }

    /** The state as it is now. */
    NodeState snapshot() {
        if (!is(latest)) {
            latest = copy();
        }
        return latest;
    }

    private NodeState copy() {
        return new NodeState(
                settings(),
                phase,
                view,
                ownership,
                notifier,
                admission,
                joining,
                leaving,
                departed,
                taking,
                pending,
                lookups,
                misses,
                remembered,
                gifts,
                lastAsked,
                lastLooked,
                isolation,
                reunionRest,
                reunionPause,
                predecessorHeard,
                unsettled,
                nextFinger,
                nextId);
    }

    private boolean is(NodeState state) {
        return phase == state.phase()
                && view == state.view()
                && ownership == state.ownership()
                && taking.equals(state.taking())
                && notifier.equals(state.notifier())
                && admission.equals(state.admission())
                && joining.equals(state.joining())
                && leaving.equals(state.leaving())
                && departed.equals(state.departed())
                && pending == state.pending()
                && lookups == state.lookups()
                && misses == state.misses()
                && remembered == state.remembered()
                && gifts == state.gifts()
                && lastAsked.equals(state.lastAsked())
                && lastLooked.equals(state.lastLooked())
                && isolation == state.isolation()
                && reunionRest == state.reunionRest()
                && reunionPause == state.reunionPause()
                && predecessorHeard == state.predecessorHeard()
                && unsettled == state.unsettled()
                && nextFinger == state.nextFinger()
                && nextId == state.nextId();
    }

    Transition end() {
        remember();
        forgetMisses();
        NodeState after = snapshot();
        if (before.phase() != phase) {
            report(new Fact.PhaseChanged(before.phase(), phase));
        }
        reportView();
        if (before.ownership() != ownership && !before.ownership().settled().equals(ownership.settled())) {
            report(new Fact.OwnershipChanged(before.ownership().settled(), ownership.settled()));
        }
        return new Transition(after, List.copyOf(actions));
    }

    private void reportView() {
        RingView old = before.view();
        if (old == view) {
            return;
        }
        if (!old.successors().equals(view.successors())) {
            report(new Fact.SuccessorsChanged(
                    old.successors().entries(), view.successors().entries()));
        }
        if (!old.predecessor().equals(view.predecessor())) {
            report(new Fact.PredecessorChanged(old.predecessor(), view.predecessor()));
        }
    }

    private void report(Fact fact) {
        act(new Action.Report(fact));
    }

    private void remember() {
        RingView old = before.view();
        if (old == view && before.remembered() == remembered) {
            return; // nearly always
        }
        if (old.successors() != view.successors()) {
            view.successors().entries().forEach(this::remember);
            if (!old.successors().head().equals(view.successors().head())) {
                Reunion.disturbed(this);
            }
        }
        if (!old.predecessor().equals(view.predecessor())) {
            view.predecessor().ifPresent(this::remember);
            Reunion.disturbed(this);
        }
        if (old.fingers() != view.fingers()) {
            rememberFingers();
        }
        while (remembered.size() > MAX_REMEMBERED) {
            Identifier first = remembered.keys().get(0);
            Identifier last = remembered.keys().get(remembered.size() - 1);
            remembered = remembered.without(view.successors().names(last) ? first : last);
        }
    }

    // Far away: so they are there when all neighbours are gone at once, and show when the ring has
    // fallen apart.
    private void rememberFingers() {
        for (Peer finger : view.fingers().peers()) {
            if (remembered.size() < MAX_REMEMBERED) {
                remember(finger);
            }
        }
    }

    void remember(Peer peer) {
        Peer old = remembered.getOrDefault(peer.id(), peer);
        remembered = remembered.with(peer.id(), old.supersedes(peer) ? old : peer);
    }

    // A miss matters while the peer is in view, or may come back into it from a neighbour's stale list.
    private void forgetMisses() {
        while (misses.size() > MAX_REMEMBERED) {
            misses = misses.without(misses.keys().get(0));
        }
    }
}
