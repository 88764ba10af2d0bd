package dev.chord.node.loop;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Chord;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.Fact;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.protocol.Transition;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that holds the state of this process's members. It takes one event after the other from a
 * bounded mailbox, steps, publishes the new state and carries out the actions. Everybody else offers events
 * or reads the published states, without locks.
 */
public final class NodeLoop implements AutoCloseable {
    private static final int MAILBOX = 8192;

    private final PeerTransport transport;
    private final Listener listener;
    private final Consumer<Throwable> faults;
    private final ThreadPoolExecutor thread;
    private final NavigableMap<Identifier, NodeState> members = new ConcurrentSkipListMap<>();
    private final List<Identifier> order = new ArrayList<>();

    // touched by the loop's thread alone
    private final Map<Long, CompletableFuture<Reply>> waiting = new HashMap<>();
    private final Map<Long, CompletableFuture<Outcome>> commands = new HashMap<>();
    private long nextId = 1;

    /** Hears what members report and does what the loop itself must not: it may block. */
    public interface Listener {
        void fact(Peer member, Fact fact);

        void takeArc(Peer member, Action.TakeArc take);
    }

    /** @param faults told of whatever an event, a handler or the transport throws; the loop goes on */
    public NodeLoop(PeerTransport transport, Listener listener, Consumer<Throwable> faults) {
        this.transport = transport;
        this.listener = listener;
        this.faults = faults;
        thread = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), DaemonThreads.named("chord-loop"));
    }

    /** Adds a member, which is in no ring yet. Before the first event. */
    public void add(NodeState state) {
        order.add(state.self().id());
        members.put(state.self().id(), state);
    }

    // ---- what others read

    /** The members, first the one that stands for the process. */
    public List<NodeState> states() {
        return order.stream().map(id -> required(members.get(id))).toList();
    }

    private static NodeState required(@Nullable NodeState state) {
        return Objects.requireNonNull(state);
    }

    public Optional<NodeState> state(Identifier member) {
        return Optional.ofNullable(members.get(member));
    }

    /** The member that answers for a key, if one of this process does. */
    public Optional<NodeState> owner(Identifier key) {
        return members.values().stream().filter(s -> s.ownership().answers(key)).findFirst();
    }

    /**
     * Where a key is, by the table of all members, if this process keeps one; see {@link NodeState#guess}.
     */
    public Optional<Lookup.Result> guess(Identifier key) {
        return members.values().stream()
                .map(s -> s.guess(key))
                .flatMap(Optional::stream)
                .findFirst();
    }

    public int queued() {
        return thread.getQueue().size();
    }

    // ---- what others offer

    /**
     * A ring request from another process.
     *
     * @param target the member meant; empty: the one that stands for the process
     * @return the reply; fails with NOT_FOUND if the member is not here, UNFINISHED if the mailbox is full
     */
    public CompletableFuture<Reply> receive(Optional<Identifier> target, Optional<Peer> from, Request request) {
        Identifier member = target.orElseGet(this::speaker);
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        if (!members.containsKey(member)) {
            reply.completeExceptionally(new ChordException(
                    ErrorCode.NOT_FOUND, "no member " + member + " in this process", "it has moved or is gone"));
            return reply;
        }
        offer(reply, () -> {
            long ticket = nextId++;
            waiting.put(ticket, reply);
            try {
                step(member, new Event.Received(ticket, from, request));
            } catch (RuntimeException | Error e) {
                waiting.remove(ticket);
                throw e;
            }
        });
        return reply;
    }

    // A process is spoken to through its first member that is in the ring.
    private Identifier speaker() {
        return order.stream()
                .filter(id -> required(members.get(id)).phase().routes())
                .findFirst()
                .orElse(order.get(0));
    }

    public CompletableFuture<Outcome> command(Identifier member, Command command) {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        offer(outcome, () -> {
            long id = nextId++;
            commands.put(id, outcome);
            try {
                step(member, new Event.Asked(id, command));
            } catch (RuntimeException | Error e) {
                commands.remove(id);
                throw e;
            }
        });
        return outcome;
    }

    /** A timer fired, for every member. */
    public void tick(Event.Timer timer) {
        if (queued() < MAILBOX) {
            order.forEach(id -> execute(() -> step(id, new Event.Tick(timer))));
        }
    }

    /** The end of taking over an arc. */
    public void arcTaken(Identifier member, Event.ArcTaken event) {
        execute(() -> step(member, event));
    }

    // From outside: turned away when the mailbox is full.
    private <T> void offer(CompletableFuture<T> result, Runnable task) {
        Runnable answered = () -> {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
                throw e;
            }
        };
        if (queued() >= MAILBOX || !execute(answered)) {
            result.completeExceptionally(
                    new ChordException(ErrorCode.UNFINISHED, "this node is too busy, or stopping", "try again"));
        }
    }

    // Ends of what this loop began itself, of which there are never more than that: they must not be lost, or
    // a member would wait for ever.
    private boolean execute(Runnable task) {
        try {
            thread.execute(() -> guarded(task));
            return true;
        } catch (RejectedExecutionException e) {
            return false; // closed
        }
    }

    // Whatever is thrown, the loop goes on: with the state that was before.
    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            faults.accept(e);
        }
    }

    // ---- one event

    private void step(Identifier member, Event event) {
        Transition transition = Chord.step(required(members.get(member)), event);
        members.put(member, transition.state());
        for (Action action : transition.actions()) {
            // one that cannot be carried out is no reason to leave out the others
            guarded(() -> act(transition.state().self(), action));
        }
    }

    // The end of a request. Whatever an answer brings, the member must not wait for it any longer.
    private void end(Identifier member, long request, Event event) {
        try {
            step(member, event);
        } catch (RuntimeException | Error e) {
            faults.accept(e);
            fail(member, request, new Event.Failure("answered what cannot be taken", false));
        }
    }

    private void fail(Identifier member, long request, Event.Failure failure) {
        try {
            step(member, new Event.Failed(request, failure));
        } catch (RuntimeException | Error e) {
            faults.accept(e);
            members.computeIfPresent(member, (id, state) -> Chord.abandoned(state, request));
        }
    }

    private void act(Peer self, Action action) {
        if (action instanceof Action.Send send) {
            transmit(self, send);
        } else if (action instanceof Action.Respond respond) {
            CompletableFuture<Reply> reply = waiting.remove(respond.ticket());
            if (reply != null) {
                reply.complete(respond.reply());
            }
        } else if (action instanceof Action.Finish finish) {
            CompletableFuture<Outcome> outcome = commands.remove(finish.commandId());
            if (outcome != null) {
                outcome.complete(finish.outcome());
            }
        } else if (action instanceof Action.Report report) {
            listener.fact(self, report.fact());
        } else if (action instanceof Action.TakeArc take) {
            listener.takeArc(self, take);
        }
    }

    private void transmit(Peer self, Action.Send send) {
        boolean local = send.target().map(members::containsKey).orElse(false)
                && send.to().equals(self.endpoint());
        CompletableFuture<Reply> reply;
        try {
            reply = local
                    ? receive(send.target(), Optional.of(self), send.request())
                    : transport.send(send.to(), send.target(), self, send.request());
        } catch (RuntimeException | Error e) {
            faults.accept(e);
            reply = CompletableFuture.failedFuture(e);
        }
        reply.whenComplete((answer, failure) -> execute(() -> {
            if (failure == null) {
                end(self.id(), send.requestId(), new Event.Answered(send.requestId(), answer));
            } else {
                fail(self.id(), send.requestId(), why(failure));
            }
        }));
    }

    private static Event.Failure why(Throwable failure) {
        return failure instanceof PeerTransport.Unanswered unanswered
                ? unanswered.failure()
                : new Event.Failure(String.valueOf(failure.getMessage()), false);
    }

    /** The latest incarnation of a member that is known here; 0: none is. */
    public long incarnation(Identifier member) {
        NodeState own = members.get(member);
        long latest = own == null ? 0 : own.self().incarnation();
        for (NodeState state : members.values()) {
            latest = Math.max(
                    latest,
                    state.remembered().get(member).map(Peer::incarnation).orElse(0L));
        }
        return latest;
    }

    /** Whether a member is one of this process. */
    public boolean hosts(Identifier member) {
        return members.containsKey(member);
    }

    /** Whether any member is in a ring. */
    public boolean inRing() {
        return members.values().stream().anyMatch(s -> s.phase() == Phase.MEMBER);
    }

    /** All members this process has met, for its next life. */
    public Collection<Peer> remembered() {
        Map<Identifier, Peer> all = new HashMap<>();
        members.values().forEach(s -> s.remembered().values().forEach(p -> all.put(p.id(), p)));
        members.keySet().forEach(all::remove);
        return List.copyOf(all.values());
    }

    /** How many other processes of the ring are remembered. */
    public long processes() {
        return remembered().stream().map(Peer::process).distinct().count();
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
