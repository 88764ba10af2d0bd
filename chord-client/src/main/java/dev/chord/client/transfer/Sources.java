package dev.chord.client.transfer;

import dev.chord.core.ring.Peer;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What one transfer knows of those it fetches from: how fast each has been, how much it still owes, whether
 * it has sent wrong bytes. Belongs to one thread.
 */
final class Sources {
    private static final double NEWEST = 0.3;
    private static final double FAR = 1.5; // how much faster one in another zone has to be
    private static final double DEMOTED = 1000;

    private final String zone;
    private final SplittableRandom random;
    private final Map<Peer, Source> known = new HashMap<>();

    /** One of them. */
    private static final class Source {
        private double bytesPerNano;
        private long owed;
        private int failures;
        private boolean bad;
        private long blocks;
        private long bytes;
        private long nanos;
        private long abandoned;
        private boolean overtaken;
    }

    /** @param zone the reader's own */
    Sources(String zone, long seed) {
        this.zone = zone;
        this.random = new SplittableRandom(seed);
    }

    private Source of(Peer peer) {
        return known.computeIfAbsent(peer, p -> new Source());
    }

    /** Who would be done first with so many bytes more; among equals anybody. */
    Optional<Peer> best(Collection<Peer> candidates, int size) {
        double typical = typicalRate();
        Map<Peer, Double> scores = new HashMap<>();
        candidates.forEach(peer -> scores.put(peer, score(peer, size, typical) * (1 + random.nextDouble() / 10)));
        return candidates.stream().min(Comparator.comparing(scores::get));
    }

    private double score(Peer peer, int size, double typical) {
        Source source = of(peer);
        double rate = source.bytesPerNano > 0 ? source.bytesPerNano : typical;
        double far = peer.zone().equals(zone) ? 1 : FAR;
        return (source.owed + size) / rate * far * (1 + source.failures) * (source.bad ? DEMOTED : 1);
    }

    // Who has not been tried is expected to be as good as the others.
    private double typicalRate() {
        return known.values().stream()
                .mapToDouble(s -> s.bytesPerNano)
                .filter(rate -> rate > 0)
                .average()
                .orElse(1);
    }

    void asked(Peer peer, int size) {
        of(peer).owed += size;
    }

    /** A block came, and was good. */
    void delivered(Peer peer, int size, long nanos) {
        Source source = of(peer);
        source.owed -= size;
        source.failures = 0;
        source.overtaken = false;
        source.blocks++;
        source.bytes += size;
        source.nanos += nanos;
        measure(source, size, nanos);
    }

    /** A call was given up, or somebody else was quicker: it has not done so much in this time. */
    void overtaken(Peer peer, int size, long nanos) {
        Source source = of(peer);
        source.owed -= size;
        source.abandoned++;
        source.overtaken = true;
        measure(source, size, 2 * nanos);
    }

    /** Whether somebody else was quicker with the last block that it was waited for. */
    boolean overtaken(Peer peer) {
        return of(peer).overtaken;
    }

    private static void measure(Source source, int size, long nanos) {
        double now = (double) size / Math.max(1, nanos);
        source.bytesPerNano = source.bytesPerNano == 0 ? now : (1 - NEWEST) * source.bytesPerNano + NEWEST * now;
    }

    /** It failed, or does not have the block. */
    void failed(Peer peer, int size) {
        Source source = of(peer);
        source.owed -= size;
        source.abandoned++;
        source.failures++;
    }

    /** It sent wrong bytes: asked again only if nobody else is left. */
    void sentBad(Peer peer, int size) {
        failed(peer, size);
        of(peer).bad = true;
    }

    /** What was not needed after all. */
    void dropped(Peer peer, int size) {
        of(peer).owed -= size;
        of(peer).abandoned++;
    }

    /**
     * What one has delivered.
     *
     * @param abandoned calls whose answers nobody waited for
     */
    record Tally(long blocks, long bytes, long nanos, long abandoned) {}

    /** Those that have delivered anything. */
    Map<Peer, Tally> tallies() {
        Map<Peer, Tally> tallies = new HashMap<>();
        known.forEach((peer, s) -> {
            if (s.blocks > 0) {
                tallies.put(peer, new Tally(s.blocks, s.bytes, s.nanos, s.abandoned));
            }
        });
        return tallies;
    }
}
