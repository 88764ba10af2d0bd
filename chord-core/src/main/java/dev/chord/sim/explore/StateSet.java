package dev.chord.sim.explore;

/**
 * The states met so far, packed into a table: as many components to a word as fit, and for each state a byte that says when it was
 * met first. Hundreds of millions fit; a look costs one place in memory, mostly.
 */
final class StateSet {
    private static final int FIRST_CAPACITY = 1 << 16;
    private static final int DOUBLING_UP_TO = 1 << 27;
    private static final int WORD_BITS = 63;
    // The table is full with four states to five places.
    private static final long FULL = 4;
    private static final long FULL_OF = 5;

    private final int size;
    // With the first component whose number needs more bits everything is packed anew, into another set.
    private final int words;
    private final int perWord;
    private final int bits;
    private int capacity;
    private long count;
    // The first word of a state is one more than its components come to: 0 is an empty place.
    private long[] table;
    private byte[] depths;

    /** @param expected room for so many states is made at once, since a table that has to grow is there twice for a while */
    StateSet(int size, long expected) {
        this(size, 1, (int) Math.min(most(1), Math.max(FIRST_CAPACITY, expected / FULL * FULL_OF + FULL_OF)));
    }

    private StateSet(int size, int words, int capacity) {
        this.size = size;
        this.words = words;
        this.perWord = (size + words - 1) / words;
        this.bits = Math.min(Integer.SIZE - 1, WORD_BITS / perWord);
        this.capacity = capacity;
        this.table = new long[capacity * words];
        this.depths = new byte[capacity];
    }

    private static long most(int words) {
        return (Integer.MAX_VALUE - 8L) / words;
    }

    long count() {
        return count;
    }

    /** Places, some of them empty. */
    int places() {
        return capacity;
    }

    /** Words of one packed state. */
    int words() {
        return words;
    }

    /** Bytes in use. */
    long bytes() {
        return 8L * table.length + depths.length;
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
            into[at + w] = w == 0 ? word + 1 : word;
        }
    }

    void unpack(long[] packed, int at, int[] into) {
        long mask = (1L << bits) - 1;
        for (int w = 0; w < words; w++) {
            long word = w == 0 ? packed[at] - 1 : packed[at + w];
            for (int i = w * perWord; i < Math.min(size, (w + 1) * perWord); i++) {
                into[i] = (int) (word & mask);
                word >>>= bits;
            }
        }
    }

    // ---- the table

    /** The place of a packed state; -1 - (the place where it would be). */
    int find(long[] packed, int at) {
        int place = home(packed, at);
        while (table[place * words] != 0) {
            if (same(place, packed, at)) {
                return place;
            }
            place = place + 1 == capacity ? 0 : place + 1;
        }
        return -1 - place;
    }

    /**
     * Brings the places of several packed states near: asked for together they come together, where one look after the other would
     * wait for memory each time.
     */
    long touch(long[] packed, int states) {
        long touched = 0;
        for (int i = 0; i < states; i++) {
            touched += table[home(packed, i * words) * words];
        }
        return touched;
    }

    /** Adds a packed state unless it is there. Returns whether it was new. */
    boolean add(long[] packed, int at, int depth) {
        int place = find(packed, at);
        if (place >= 0) {
            return false;
        }
        if (count * FULL_OF >= capacity * FULL) {
            grow();
            place = find(packed, at);
        }
        put(-1 - place, packed, at, (byte) depth);
        count++;
        return true;
    }

    private void put(int place, long[] packed, int at, byte depth) {
        System.arraycopy(packed, at, table, place * words, words);
        depths[place] = depth;
    }

    /** Whether there is a state at the place; if so it is unpacked. */
    boolean get(int place, int[] into) {
        if (table[place * words] == 0) {
            return false;
        }
        unpack(table, place * words, into);
        return true;
    }

    /** When the state at the place was added, in the lowest eight bits. */
    byte depth(int place) {
        return depths[place];
    }

    // Places are in the order of hashes: so a table is copied into a larger one from front to back.
    private int home(long[] packed, int at) {
        long hash = 0;
        for (int i = 0; i < words; i++) {
            hash = (hash ^ packed[at + i]) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 32;
        }
        hash *= 0xD6E8FEB86659FD93L;
        return (int) Math.multiplyHigh(hash >>> 1, 2L * capacity);
    }

    private boolean same(int place, long[] packed, int at) {
        for (int i = 0; i < words; i++) {
            if (table[place * words + i] != packed[at + i]) {
                return false;
            }
        }
        return true;
    }

    private void grow() {
        long larger = capacity < DOUBLING_UP_TO ? 2L * capacity : capacity * 3L / 2;
        long most = most(words);
        if (capacity == most) {
            throw tooMany();
        }
        long[] old = table;
        byte[] oldDepths = depths;
        int places = capacity;
        capacity = (int) Math.min(larger, most);
        table = new long[capacity * words];
        depths = new byte[capacity];
        for (int place = 0; place < places; place++) {
            if (old[place * words] != 0) {
                put(-1 - find(old, place * words), old, place * words, oldDepths[place]);
            }
        }
    }

    private IllegalStateException tooMany() {
        return new IllegalStateException("more than " + count + " states: choose fewer points or a coarser grain");
    }

    /** The same states, packed with more bits to a component. */
    StateSet wider() {
        if (count * FULL_OF >= most(words + 1) * FULL) {
            throw tooMany();
        }
        StateSet wide = new StateSet(size, words + 1, (int) Math.min(capacity, most(words + 1)));
        wide.count = count;
        int[] state = new int[size];
        long[] packed = new long[wide.words];
        for (int place = 0; place < capacity; place++) {
            if (get(place, state)) {
                wide.pack(state, 0, packed, 0);
                wide.put(-1 - wide.find(packed, 0), packed, 0, depths[place]);
            }
        }
        return wide;
    }
}
