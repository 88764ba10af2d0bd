package dev.chord.sim.explore;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The states met so far, packed into a table: as many components to a word as fit, and for each state a byte
 * that says when it was met first. Billions fit: a state has its home at the remainder of its first word
 * (mixed, so that homes are spread evenly) by the number of places, and of that word only the quotient is
 * kept, with how far from home it was put (Knuth, The Art of Computer Programming 3, exercise 6.4-13; Cleary
 * 1984). Nothing is lost by that: the word can be had back. Those who are farther from home go first (Celis,
 * Larson and Munro, "Robin Hood hashing", 1985): otherwise one of billions would be too far away in a table
 * that is half empty.
 */
final class StateSet {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONE_FACTOR = 0x9E3779B97F4A7C15L;
    private static final long OTHER_FACTOR = 0xD6E8FEB86659FD93L;
    private static final long NOWHERE = Long.MIN_VALUE;
    private static final long FIRST_CAPACITY = 1 << 16;
    private static final long DOUBLING_UP_TO = 1 << 27;
    private static final int WORD_BITS = 63;
    // The table is full with nine states to ten places: then the farthest of billions is a hundred places
    // from home.
    private static final long FULL = 9;
    private static final long FULL_OF = 10;

    // What is kept of a state, from the lowest bit: a byte; how far from home, from 1, for 0 is an empty
    // place; the quotient.
    private static final int NOTE_BITS = 8;
    private static final int NOTE = (1 << NOTE_BITS) - 1;
    private static final int FAR_BITS = 7;
    private static final int FARTHEST = (1 << FAR_BITS) - 1;
    private static final int BEFORE_QUOTIENT = NOTE_BITS + FAR_BITS;

    private static final int SEGMENT_BITS = 25;
    private static final long IN_SEGMENT = (1L << SEGMENT_BITS) - 1;

    private final int size;
    // With the first component whose number needs more bits everything is packed anew, into another set.
    private final int words;
    private final int perWord;
    private final int bits;
    private final long wordMask;
    private final int halfWord;
    private long capacity;
    private long count;
    private byte[][] table;
    private int stride;
    private long kept; // of the eight bytes that are read at a place, the bits that belong to it

    /**
     * @param expected room for so many states is made at once, since a table that has to grow is there twice
     *     for a while
     */
    StateSet(int size, long expected) {
        this(size, 1, mostBits(size, 1), Math.max(FIRST_CAPACITY, expected / FULL * FULL_OF + FULL_OF));
    }

    StateSet(int size, int words, int bits, long capacity) {
        this.size = size;
        this.words = words;
        this.perWord = (size + words - 1) / words;
        this.bits = bits;
        this.wordMask = (1L << bits * perWord) - 1;
        this.halfWord = (bits * perWord + 1) / 2;
        makeRoom(capacity);
    }

    // To a component, with so many words to a state.
    private static int mostBits(int size, int words) {
        return Math.min(Integer.SIZE - 1, WORD_BITS / ((size + words - 1) / words));
    }

    private void makeRoom(long places) {
        capacity = places;
        int quotientBits = Long.SIZE - Long.numberOfLeadingZeros(wordMask / capacity);
        int first = (BEFORE_QUOTIENT + quotientBits + Byte.SIZE - 1) / Byte.SIZE;
        kept = -1L >>> Long.SIZE - Byte.SIZE * first;
        stride = first + Long.BYTES * (words - 1);
        table = new byte[(int) ((capacity - 1 >> SEGMENT_BITS) + 1)][];
        for (int i = 0; i < table.length; i++) {
            long here = Math.min(IN_SEGMENT + 1, capacity - ((long) i << SEGMENT_BITS));
            table[i] = new byte[(int) (here * stride) + Long.BYTES];
        }
    }

    long count() {
        return count;
    }

    /** Places, some of them empty. */
    long places() {
        return capacity;
    }

    /** Words of one packed state. */
    int words() {
        return words;
    }

    /** Bytes in use. */
    long bytes() {
        return capacity * stride;
    }

    // ---- packing

    /** Whether states with this component can be packed as it is done now. */
    boolean fits(int component) {
        return component >>> bits == 0;
    }

    void pack(int[] components, int from, long[] into, int at) {
        for (int w = 0; w < words; w++) {
            long word = 0;
            for (int i = Math.min(size, (w + 1) * perWord) - 1; i >= w * perWord; i--) {
                word = word << bits | components[from + i];
            }
            into[at + w] = word;
        }
    }

    void unpack(long[] packed, int at, int[] into) {
        long mask = (1L << bits) - 1;
        for (int w = 0; w < words; w++) {
            long word = packed[at + w];
            for (int i = w * perWord; i < Math.min(size, (w + 1) * perWord); i++) {
                into[i] = (int) (word & mask);
                word >>>= bits;
            }
        }
    }

    // The first word with the others worked into it, mixed: each step can be undone.
    private long mixed(long[] packed, int at) {
        long word = packed[at] ^ others(packed, at);
        word = (word ^ word >>> halfWord) * ONE_FACTOR & wordMask;
        word = (word ^ word >>> halfWord) * OTHER_FACTOR & wordMask;
        return word ^ word >>> halfWord;
    }

    private long others(long[] packed, int at) {
        long hash = 0;
        for (int w = 1; w < words; w++) {
            hash = (hash ^ packed[at + w]) * ONE_FACTOR;
            hash ^= hash >>> 32;
        }
        return hash & wordMask;
    }

    private void unmix(long mixed, long[] packed) {
        long word = (mixed ^ mixed >>> halfWord) * inverse(OTHER_FACTOR) & wordMask;
        word = (word ^ word >>> halfWord) * inverse(ONE_FACTOR) & wordMask;
        packed[0] = word ^ word >>> halfWord ^ others(packed, 0);
    }

    // Of an odd number modulo 2^64, and so modulo each smaller power: Newton's iteration doubles the
    // right bits.
    private static long inverse(long odd) {
        long inverse = odd; // right in the lowest three bits
        for (int rightBits = 3; rightBits < Long.SIZE; rightBits *= 2) {
            inverse *= 2 - odd * inverse;
        }
        return inverse;
    }

    // ---- the table

    /**
     * The place of a packed state; -1 - (the place where it would be); NOWHERE: there is none near enough to
     * its home.
     */
    long find(long[] packed, int at) {
        long mixed = mixed(packed, at);
        long quotient = mixed / capacity;
        long place = mixed - quotient * capacity;
        long wanted = quotient << FAR_BITS;
        for (int far = 1; far <= FARTHEST; far++) {
            long found = slot(place) & kept;
            if (far(found) < far) {
                return -1 - place; // empty, or one that is nearer to its home and makes way
            }
            if (found >>> NOTE_BITS == wanted + far && sameOthers(place, packed, at)) {
                return place;
            }
            place = after(place);
        }
        return NOWHERE;
    }

    private static int far(long slot) {
        return (int) (slot >>> NOTE_BITS) & FARTHEST;
    }

    private long after(long place) {
        return place + 1 == capacity ? 0 : place + 1;
    }

    private long before(long place) {
        return place == 0 ? capacity - 1 : place - 1;
    }

    /**
     * Brings the places of several packed states near: asked for together they come together, where one look
     * after the other would wait for memory each time.
     */
    long touch(long[] packed, int states) {
        long touched = 0;
        for (int i = 0; i < states; i++) {
            touched += slot(mixed(packed, i * words) % capacity);
        }
        return touched;
    }

    /** Adds a packed state unless it is there, with a note of eight bits. Returns whether it was new. */
    boolean add(long[] packed, int at, int note) {
        long place = find(packed, at);
        if (place >= 0) {
            return false;
        }
        while (place == NOWHERE || count * FULL_OF >= capacity * FULL || !makeWay(-1 - place)) {
            grow();
            place = find(packed, at);
        }
        put(-1 - place, packed, at, note);
        count++;
        return true;
    }

    // Moves what is there, up to the next empty place, one farther from home; nothing if one would be
    // too far.
    private boolean makeWay(long place) {
        long free = place;
        for (long slot = slot(free) & kept; slot != 0; slot = slot(free) & kept) {
            if (far(slot) == FARTHEST) {
                return false;
            }
            free = after(free);
        }
        while (free != place) {
            long from = before(free);
            setSlot(free, (slot(from) & kept) + (1 << NOTE_BITS));
            for (int w = 1; w < words; w++) {
                setWord(free, w, word(from, w));
            }
            free = from;
        }
        return true;
    }

    private void put(long place, long[] packed, int at, int note) {
        long mixed = mixed(packed, at);
        long quotient = mixed / capacity;
        long away = place - (mixed - quotient * capacity);
        long far = 1 + (away < 0 ? away + capacity : away);
        setSlot(place, quotient << BEFORE_QUOTIENT | far << NOTE_BITS | note & NOTE);
        for (int w = 1; w < words; w++) {
            setWord(place, w, packed[at + w]);
        }
    }

    /** Whether there is a state at the place; if so it is unpacked. */
    boolean get(long place, int[] into) {
        long slot = slot(place) & kept;
        if (slot == 0) {
            return false;
        }
        long[] packed = new long[words];
        for (int w = 1; w < words; w++) {
            packed[w] = word(place, w);
        }
        long home = place + 1 - far(slot);
        unmix((slot >>> BEFORE_QUOTIENT) * capacity + (home < 0 ? home + capacity : home), packed);
        unpack(packed, 0, into);
        return true;
    }

    /** What was noted with the state at the place. */
    int note(long place) {
        return (int) slot(place) & NOTE;
    }

    /** Notes something else. */
    void note(long place, int note) {
        setSlot(place, slot(place) & kept & ~NOTE | note & NOTE);
    }

    private byte[] segment(long place) {
        return table[(int) (place >>> SEGMENT_BITS)];
    }

    private int offset(long place) {
        return (int) (place & IN_SEGMENT) * stride;
    }

    // With what lies behind it, if it has less than eight bytes.
    private long slot(long place) {
        return (long) LONG.get(segment(place), offset(place));
    }

    private void setSlot(long place, long slot) {
        LONG.set(segment(place), offset(place), slot(place) & ~kept | slot);
    }

    private long word(long place, int w) {
        return (long) LONG.get(segment(place), offset(place) + stride - Long.BYTES * w);
    }

    private void setWord(long place, int w, long word) {
        LONG.set(segment(place), offset(place) + stride - Long.BYTES * w, word);
    }

    private boolean sameOthers(long place, long[] packed, int at) {
        for (int w = 1; w < words; w++) {
            if (word(place, w) != packed[at + w]) {
                return false;
            }
        }
        return true;
    }

    private void grow() {
        StateSet larger = new StateSet(size, words, bits, capacity < DOUBLING_UP_TO ? 2 * capacity : capacity / 2 * 3);
        larger.addAll(this);
        capacity = larger.capacity;
        table = larger.table;
        stride = larger.stride;
        kept = larger.kept;
    }

    /** The same states, packed with more bits to a component. */
    StateSet wider() {
        StateSet wide = new StateSet(size, words + 1, mostBits(size, words + 1), capacity);
        wide.addAll(this);
        return wide;
    }

    private void addAll(StateSet others) {
        int[] state = new int[size];
        long[] packed = new long[words];
        for (long place = 0; place < others.capacity; place++) {
            if (others.get(place, state)) {
                pack(state, 0, packed, 0);
                add(packed, 0, others.note(place));
            }
        }
    }
}
