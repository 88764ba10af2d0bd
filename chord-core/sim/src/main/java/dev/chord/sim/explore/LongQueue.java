package dev.chord.sim.explore;

import java.util.ArrayDeque;
import java.util.Deque;

/** First in, first out, in pieces that are given back once they have been taken. */
final class LongQueue {
    private static final int PIECE = 1 << 16;

    private final Deque<long[]> pieces = new ArrayDeque<>();
    private int first;
    private int last = PIECE;

    boolean isEmpty() {
        return pieces.isEmpty() || pieces.size() == 1 && first == last;
    }

    void add(long value) {
        if (last == PIECE) {
            pieces.addLast(new long[PIECE]);
            last = 0;
        }
        pieces.getLast()[last++] = value;
    }

    /** The first one, of which there has to be one. */
    long take() {
        long value = pieces.getFirst()[first++];
        if (first == PIECE) {
            pieces.removeFirst();
            first = 0;
        } else if (isEmpty()) {
            pieces.clear();
            first = 0;
            last = PIECE;
        }
        return value;
    }

    long bytes() {
        return 8L * PIECE * pieces.size();
    }

    /** The packed states in it, packed for another set; this queue is empty afterwards. */
    LongQueue repacked(StateSet from, StateSet to, int size) {
        LongQueue result = new LongQueue();
        int[] state = new int[size];
        long[] old = new long[from.words()];
        long[] now = new long[to.words()];
        while (!isEmpty()) {
            for (int i = 0; i < old.length; i++) {
                old[i] = take();
            }
            from.unpack(old, 0, state);
            to.pack(state, 0, now, 0);
            for (long word : now) {
                result.add(word);
            }
        }
        return result;
    }
}
