package dev.chord.node;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NotDirectoryException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long a start waits for what may still come: its disk, its own address, its seeds. What cannot come any
 * more ends it at once. Used by one thread at a time; a second one only tells what is waited for.
 */
final class Patience {
    private static final Logger log = LoggerFactory.getLogger(Patience.class);
    private static final long TELL_SECONDS = 10;
    private static final long PAUSE_MILLIS = 150;
    private static final int LONGEST_PAUSES = 8;
    // Somebody is there and lets others in first: that is worth more than one wait, but not any
    // number of them.
    private static final int EXTENSIONS = 10;

    // what the system says of paths and disks that waiting does not change
    private static final List<String> FINAL = List.of(
            "No space left", "quota exceeded", "Not a directory", "name too long", "Too many levels", "not permitted");

    private final Optional<Duration> limit;
    private volatile long began = System.nanoTime();
    private volatile long since = began;
    private volatile String reason = "";

    /** @param limit empty: for ever */
    Patience(Optional<Duration> limit) {
        this.limit = limit;
    }

    /**
     * What the settings say; unless they say something, for ever where a service manager or a container
     * started this process.
     */
    static Patience of(NodeConfig config, Map<String, String> environment, long pid) {
        boolean managed =
                pid == 1 || !environment.getOrDefault("NOTIFY_SOCKET", "").isEmpty();
        return managed && !config.given(ConfigKey.RING_JOIN_TIMEOUT)
                ? new Patience(Optional.empty())
                : new Patience(Optional.of(config.duration(ConfigKey.RING_JOIN_TIMEOUT)));
    }

    /** The limit; empty: for ever. */
    Optional<Duration> limit() {
        return limit;
    }

    /**
     * Tries until it is there.
     *
     * @param what is waited for, as people say it
     * @throws ChordException what the attempt failed with: at once if no time will change it, else when time
     *     is over
     */
    <T> T await(String what, Supplier<T> attempt) {
        began = System.nanoTime();
        since = began;
        reason = "";
        Thread teller = DaemonThreads.named("chord-waiting").newThread(() -> tell(what));
        teller.start();
        try {
            for (int failed = 1; ; failed++) {
                try {
                    return attempt.get();
                } catch (ChordException e) {
                    reason = String.valueOf(e.getMessage());
                    if (!mayCome(e)) {
                        throw e;
                    }
                    if (over()) {
                        throw new ChordException(
                                e.code(), e.getMessage() + " (waited " + seconds(since) + " s for it)", e.hint(), e);
                    }
                    pause(failed);
                }
            }
        } finally {
            teller.interrupt();
        }
    }

    /** Things move, only not yet for this node: the time begins anew, some times over. */
    void moves() {
        long allowed = limit.map(Duration::toNanos).orElse(0L) * EXTENSIONS;
        long now = System.nanoTime();
        since = now - began < allowed ? now : since;
    }

    private boolean over() {
        return limit.isPresent() && System.nanoTime() - since > limit.get().toNanos();
    }

    private static long seconds(long from) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - from);
    }

    private void tell(String what) {
        try {
            while (true) {
                TimeUnit.SECONDS.sleep(TELL_SECONDS);
                log.info("waiting for {} since {} s{}", what, seconds(began), reason.isEmpty() ? "" : ": " + reason);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // An address that is not there yet, a peer that does not answer yet, a disk that is not mounted yet. Not:
    // no right, no room, another ring.
    private static boolean mayCome(ChordException e) {
        if (e.code() == ErrorCode.UNREACHABLE || e.code() == ErrorCode.DEADLINE) {
            return true;
        }
        Throwable cause = e.getCause();
        boolean disk = e.code() == ErrorCode.NOT_PERMITTED || e.code() == ErrorCode.INTERNAL;
        boolean wrong = cause instanceof AccessDeniedException
                || cause instanceof FileAlreadyExistsException
                || cause instanceof NotDirectoryException;
        return disk
                && cause instanceof IOException
                && !wrong
                && FINAL.stream().noneMatch(String.valueOf(cause.getMessage())::contains);
    }

    private static void pause(int failed) {
        try {
            long most = PAUSE_MILLIS * Math.min(failed, LONGEST_PAUSES);
            TimeUnit.MILLISECONDS.sleep(
                    PAUSE_MILLIS + ThreadLocalRandom.current().nextLong(most));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
        }
    }
}
