package dev.chord.client;

import dev.chord.client.error.ChordException;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.Record;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Follows the names that begin with a prefix, through whatever happens to the ring: every owner streams what
 * becomes of its names; a stream that ends, because the owner died or its arc changed, is begun again with
 * whoever answers for the arc now, where it left off or from the beginning. What was told already is known by
 * its version and not told again.
 *
 * <p>Events come one at a time from a thread of the watch. A listener that is slow slows the streams down,
 * and costs no memory. Of changes of one name that follow each other quickly the last is told, not
 * necessarily each.
 */
public final class NameWatch implements AutoCloseable {
    private static final long TURN_MILLIS = 250;
    private static final long GAP_NANOS = TimeUnit.SECONDS.toNanos(2); // arcs change hands: shorter ones are not told

    private static final long ENTER_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Supplier<Collection<Peer>> starts;
    private final String prefix;
    private final Consumer<NameEvent> listener;
    private final BlockingQueue<Runnable> inbox =
            new LinkedBlockingQueue<>(); // bounded by the streams: one message each
    private final NameStreams streams;
    private final Map<String, Known> known = new HashMap<>();
    private final Thread thread;
    private volatile boolean closed;
    private long lastId;
    private boolean begun;
    private boolean gap;
    private long enteredAt;
    private long wholeAt = System.nanoTime();

    /** A name as it was last told. */
    private record Known(Version version, boolean there, Optional<NameEntry> entry, long endsAt) {}

    NameWatch(Ring.Parts parts, Supplier<Collection<Peer>> starts, String prefix, Consumer<NameEvent> listener) {
        this.starts = starts;
        this.prefix = prefix;
        this.listener = listener;
        this.streams = new NameStreams(parts, prefix, inbox::add, this::told);
        this.thread = DaemonThreads.named("chord-watch").newThread(this::follow);
        thread.start();
    }

    private void follow() {
        try {
            while (!closed) {
                boolean lost = gap && System.nanoTime() - enteredAt > ENTER_NANOS; // all it knew may be gone
                if (streams.none() || lost) {
                    enter();
                }
                Runnable next = inbox.poll(TURN_MILLIS, TimeUnit.MILLISECONDS);
                if (next != null) {
                    next.run();
                }
                streams.look();
                expire();
                judge();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            streams.close();
        }
    }

    private void enter() throws InterruptedException {
        enteredAt = System.nanoTime();
        try {
            streams.heardOf(starts.get());
        } catch (ChordException e) {
            TimeUnit.MILLISECONDS.sleep(TURN_MILLIS); // nobody is there: the gap says so
        }
    }

    private void told(Record record) {
        String name = record.getLabel();
        Version version = WireCodec.in(record.getVersion());
        Known before = known.get(name);
        if (before != null && !version.newerThan(before.version())) {
            return;
        }
        boolean there = !record.getDeleted();
        Optional<NameEntry> entry = there ? Optional.of(RingNames.entry(record)) : Optional.empty();
        long endsAt = there && record.getLeaseMillis() > 0
                ? System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(record.getLeaseMillis())
                : 0;
        known.put(name, new Known(version, there, entry, endsAt));
        boolean wasThere = before != null && before.there();
        if (there) {
            NameEvent.Kind fresh = begun ? NameEvent.Kind.ADDED : NameEvent.Kind.PRESENT;
            tell(wasThere ? NameEvent.Kind.CHANGED : fresh, name, entry, "");
        } else if (wasThere) {
            tell(NameEvent.Kind.REMOVED, name, Optional.empty(), "");
        }
    }

    // A name that was kept for a time only: its owner forgets it without a word.
    private void expire() {
        long now = System.nanoTime();
        List<String> ended = new ArrayList<>();
        known.forEach((name, k) -> {
            if (k.there() && k.endsAt() != 0 && k.endsAt() - now < 0) {
                ended.add(name);
            }
        });
        for (String name : ended) {
            known.computeIfPresent(name, (n, k) -> new Known(k.version(), false, Optional.empty(), 0));
            tell(NameEvent.Kind.REMOVED, name, Optional.empty(), "its time was over");
        }
    }

    private void judge() {
        Coverage coverage = streams.coverage();
        long now = System.nanoTime();
        if (coverage.complete()) {
            wholeAt = now;
            if (!begun || gap) {
                begun = true;
                gap = false;
                tell(NameEvent.Kind.WHOLE, "", Optional.empty(), "the whole ring answers");
            }
        } else if (!gap && now - wholeAt > GAP_NANOS) {
            gap = true;
            tell(
                    NameEvent.Kind.GAP,
                    "",
                    Optional.empty(),
                    String.format(Locale.ROOT, "%.1f %% of the ring answers", 100 * coverage.fraction()));
        }
    }

    private void tell(NameEvent.Kind kind, String name, Optional<NameEntry> entry, String detail) {
        if (!closed) {
            listener.accept(new NameEvent(++lastId, kind, name, entry, detail));
        }
    }

    /** What is watched. */
    public String prefix() {
        return prefix;
    }

    /** Ends the streams; no event comes once the one that is being told has been. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
