package dev.chord.core.placement;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.util.Arrays;
import java.util.NavigableSet;

/**
 * A set of things under keys in little space: two holders that have the same things under the keys of an arc
 * have the same numbers, and where numbers differ only that part need be looked at. The order in which things
 * are added does not matter; adding one twice takes it out again.
 */
public final class Fingerprints {
    /** Parts of a set, told apart by the last byte of the key. */
    public static final int PARTS = 256;

    private final long[] parts = new long[PARTS];

    /** The digests of a set that lie in an arc. */
    public static Fingerprints of(NavigableSet<Identifier> digests, Arc arc) {
        Fingerprints result = new Fingerprints();
        if (arc.isWhole()) {
            digests.forEach(digest -> result.add(digest, 1));
        } else if (arc.from().compareTo(arc.to()) < 0) {
            digests.subSet(arc.from(), false, arc.to(), true).forEach(digest -> result.add(digest, 1));
        } else {
            digests.tailSet(arc.from(), false).forEach(digest -> result.add(digest, 1));
            digests.headSet(arc.to(), true).forEach(digest -> result.add(digest, 1));
        }
        return result;
    }

    /** Those that somebody else has counted, {@link #PARTS} of them. */
    public static Fingerprints of(long[] parts) {
        Fingerprints result = new Fingerprints();
        System.arraycopy(parts, 0, result.parts, 0, PARTS);
        return result;
    }

    /** In which part the things under a key are. */
    public static int part(Identifier key) {
        return (int) key.lowBits() & 0xff;
    }

    /**
     * Adds a thing.
     *
     * @param thing tells things under one key apart
     */
    public void add(Identifier key, long thing) {
        parts[part(key)] ^= mix(mix(key.lowBits()) + thing);
    }

    // SplitMix64's finalizer (Steele, Lea, Flood, OOPSLA 2014): close inputs, far outputs.
    private static long mix(long x) {
        long y = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
        y = (y ^ (y >>> 27)) * 0x94d049bb133111ebL;
        return y ^ (y >>> 31);
    }

    /** The number of a part. */
    public long get(int part) {
        return parts[part];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fingerprints prints && Arrays.equals(parts, prints.parts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(parts);
    }
}
