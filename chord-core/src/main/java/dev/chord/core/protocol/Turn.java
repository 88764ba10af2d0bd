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
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The working copy of a state during one step. Operations change it and ask it to send and report; nothing of it
 * survives the step but the {@link Transition}.
 */
final class Turn {
    private static final int MAX_REMEMBERED = 64;

    private final NodeState before;
    private final List<Action> actions = new ArrayList<>();

    Phase phase;
    RingView view;
    Ownership ownership;
    Optional<Peer> notifier;
    Optional<NodeState.Admission> admission;
    Optional<NodeState.Joining> joining;
    Optional<NodeState.Leaving> leaving;
    Optional<Peer> departed;
    Optional<NodeState.Taking> taking;
    final SortedMap<Long, Pending> pending;
    final SortedMap<Long, NodeState.OngoingLookup> lookups;
    final SortedMap<Identifier, Integer> misses;
    final SortedMap<Identifier, Peer> remembered;
    final SortedMap<Identifier, Integer> gifts;
    Optional<Identifier> lastAsked;
    int isolation;
    int unsettled;
    int nextFinger;
    private long nextId;

    Turn(NodeState state) {
        before = state;
        phase = state.phase();
        view = state.view();
        ownership = state.ownership();
        notifier = state.notifier();
        admission = state.admission();
        joining = state.joining();
        leaving = state.leaving();
        departed = state.departed();
        taking = state.taking();
        pending = new TreeMap<>(state.pending());
        lookups = new TreeMap<>(state.lookups());
        misses = new TreeMap<>(state.misses());
        remembered = new TreeMap<>(state.remembered());
        gifts = new TreeMap<>(state.gifts());
        lastAsked = state.lastAsked();
        isolation = state.isolation();
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

    boolean maintaining() {
        return pending.values().stream().anyMatch(Pending::maintenance);
    }

    void send(Peer to, Request request, Pending then) {
        send(to.endpoint(), Optional.of(to.id()), request, then);
    }

    void send(Endpoint to, Optional<Identifier> target, Request request, Pending then) {
        long id = newId();
        pending.put(id, then);
        actions.add(new Action.Send(id, to, target, request));
    }

    void respond(long ticket, Reply reply) {
        actions.add(new Action.Respond(ticket, reply));
    }

    void finish(long command, Outcome outcome) {
        actions.add(new Action.Finish(command, outcome));
    }

    void act(Action action) {
        actions.add(action);
    }

    /** The peer answered: whatever was held against it is forgotten. */
    void heard(Peer peer) {
        misses.remove(peer.id());
    }

    /** The peer did not answer. Returns whether that was once too often. */
    boolean missed(Peer peer, Event.Failure failure) {
        int count = misses.merge(peer.id(), 1, Integer::sum);
        if (!failure.certain() && count < settings().misses()) {
            return false;
        }
        misses.put(peer.id(), settings().misses());
        view = view.withFingers(view.fingers().without(peer.id()));
        actions.add(new Action.Report(new Fact.PeerPresumedDead(peer, failure.detail())));
        return true;
    }

    NodeState snapshot() {
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
                Collections.unmodifiableSortedMap(pending),
                Collections.unmodifiableSortedMap(lookups),
                Collections.unmodifiableSortedMap(misses),
                Collections.unmodifiableSortedMap(remembered),
                Collections.unmodifiableSortedMap(gifts),
                lastAsked,
                isolation,
                unsettled,
                nextFinger,
                nextId);
    }

    Transition end() {
        remember();
        forgetMisses();
        NodeState after = snapshot();
        if (before.phase() != phase) {
            report(new Fact.PhaseChanged(before.phase(), phase));
        }
        if (!before.view().successors().equals(view.successors())) {
            report(new Fact.SuccessorsChanged(
                    before.view().successors().entries(), view.successors().entries()));
        }
        if (!before.view().predecessor().equals(view.predecessor())) {
            report(new Fact.PredecessorChanged(before.view().predecessor(), view.predecessor()));
        }
        if (!before.ownership().settled().equals(ownership.settled())) {
            report(new Fact.OwnershipChanged(before.ownership().settled(), ownership.settled()));
        }
        return new Transition(after, List.copyOf(actions));
    }

    private void report(Fact fact) {
        actions.add(new Action.Report(fact));
    }

    private void remember() {
        if (before.view().equals(view)) {
            return;
        }
        view.successors().entries().forEach(this::remember);
        view.predecessor().ifPresent(this::remember);
        while (remembered.size() > MAX_REMEMBERED) {
            Identifier last = remembered.lastKey();
            remembered.remove(view.successors().names(last) ? remembered.firstKey() : last);
        }
    }

    private void remember(Peer peer) {
        remembered.merge(peer.id(), peer, (old, fresh) -> old.supersedes(fresh) ? old : fresh);
    }

    // A miss matters while the peer is in view, or may come back into it from a neighbour's stale list.
    private void forgetMisses() {
        while (misses.size() > MAX_REMEMBERED) {
            misses.remove(misses.firstKey());
        }
    }
}
