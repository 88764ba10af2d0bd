package dev.chord.client;

import dev.chord.client.error.ChordException;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Tells what becomes of the members of a ring, by looking at it again and again: nobody in a ring knows of
 * all that happens in it. Events come one at a time from a thread of the watch.
 */
public final class RingWatch implements AutoCloseable {
    private static final long PERIOD_MILLIS = 700;

    private final Topology topology;
    private final Consumer<Event> listener;
    private final Thread thread;
    private volatile boolean closed;
    private Map<Identifier, Topology.Member> known = new TreeMap<>();
    private long lastId;

    /** What can happen to a member. */
    public enum Kind {
        JOINED,
        /** It is named by others and does not answer. */
        DOWN,
        /** Nobody names it any more. */
        GONE,
        /** Its state, its neighbours, or what it owns. */
        CHANGED
    }

    /**
     * Something that happened to a member.
     *
     * @param id one more than that of the event before
     * @param member as it is now; {@link Kind#GONE}: as it was
     */
    public record Event(long id, Kind kind, Topology.Member member) {}

    /** What of a member is worth telling about. */
    private record Look(
            Peer peer,
            Optional<Phase> phase,
            Optional<Arc> owned,
            Optional<Peer> predecessor,
            Optional<List<Peer>> successors) {
        static Look at(Topology.Member member) {
            Optional<Reply.Neighborhood> view = member.view();
            return new Look(
                    member.peer(),
                    view.map(Reply.Neighborhood::phase),
                    view.flatMap(Reply.Neighborhood::owned),
                    view.flatMap(Reply.Neighborhood::predecessor),
                    view.map(Reply.Neighborhood::successors));
        }
    }

    // The first look is taken before this returns: from then on nothing is missed.
    RingWatch(Topology topology, Consumer<Event> listener) {
        this.topology = topology;
        this.listener = listener;
        topology.members().forEach(member -> known.put(member.peer().id(), member));
        thread = DaemonThreads.named("chord-ring-watch").newThread(this::follow);
        thread.start();
    }

    private void follow() {
        while (!closed) {
            try {
                TimeUnit.MILLISECONDS.sleep(PERIOD_MILLIS);
                compare(topology.members());
            } catch (ChordException e) {
                continue; // the ring cannot be seen now: the next look tells what has changed
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void compare(List<Topology.Member> found) {
        Map<Identifier, Topology.Member> now = new TreeMap<>();
        found.forEach(member -> now.put(member.peer().id(), member));
        now.forEach((id, member) -> {
            Topology.Member before = known.get(id);
            if (before == null) {
                tell(Kind.JOINED, member);
            } else if (!Look.at(before).equals(Look.at(member))) {
                boolean down = member.view().isEmpty() && before.view().isPresent();
                tell(down ? Kind.DOWN : Kind.CHANGED, member);
            }
        });
        known.forEach((id, member) -> {
            if (!now.containsKey(id)) {
                tell(Kind.GONE, member);
            }
        });
        known = now;
    }

    private void tell(Kind kind, Topology.Member member) {
        if (!closed) {
            listener.accept(new Event(++lastId, kind, member));
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
