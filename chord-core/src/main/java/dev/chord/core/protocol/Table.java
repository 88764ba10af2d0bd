package dev.chord.core.protocol;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A small sorted map as a value: changing it makes a new one. Two arrays, because a member keeps many of
 * these, mostly with a handful of entries, and a simulated ring has many members.
 */
public final class Table<K extends Comparable<K>, V> {
    private static final Object[] NOTHING = {};
    private static final Table<?, ?> EMPTY = new Table<>(NOTHING, NOTHING);

    private final Object[] keys;
    private final Object[] values;

    private Table(Object[] keys, Object[] values) {
        this.keys = keys;
        this.values = values;
    }

    @SuppressWarnings("unchecked") // it has neither keys nor values
    public static <K extends Comparable<K>, V> Table<K, V> empty() {
        return (Table<K, V>) EMPTY;
    }

    public int size() {
        return keys.length;
    }

    public boolean isEmpty() {
        return keys.length == 0;
    }

    public boolean contains(K key) {
        return find(key) >= 0;
    }

    public Optional<V> get(K key) {
        int at = find(key);
        return at < 0 ? Optional.empty() : Optional.of(value(at));
    }

    public V getOrDefault(K key, V otherwise) {
        int at = find(key);
        return at < 0 ? otherwise : value(at);
    }

    /** The keys, in order. */
    public List<K> keys() {
        return new View<>(keys);
    }

    /** The values, in the order of their keys. */
    public List<V> values() {
        return new View<>(values);
    }

    /** Whether some value is so. */
    public boolean anyMatch(Predicate<? super V> predicate) {
        for (int i = 0; i < values.length; i++) {
            if (predicate.test(value(i))) {
                return true;
            }
        }
        return false;
    }

    /** With this value under the key, whatever was there before. */
    public Table<K, V> with(K key, V value) {
        int at = find(key);
        if (at >= 0) {
            if (values[at].equals(value)) {
                return this;
            }
            Object[] changed = values.clone();
            changed[at] = value;
            return new Table<>(keys, changed);
        }
        return new Table<>(inserted(keys, -at - 1, key), inserted(values, -at - 1, value));
    }

    public Table<K, V> without(K key) {
        int at = find(key);
        if (at < 0) {
            return this;
        }
        return keys.length == 1 ? empty() : new Table<>(removed(keys, at), removed(values, at));
    }

    @SuppressWarnings("unchecked")
    private V value(int at) {
        return (V) values[at];
    }

    // The position of the key, or -1 - (where it would be).
    @SuppressWarnings("unchecked")
    private int find(K key) {
        int low = 0;
        int high = keys.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = ((K) keys[middle]).compareTo(key);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1 - low;
    }

    private static Object[] inserted(Object[] from, int at, Object what) {
        Object[] to = new Object[from.length + 1];
        System.arraycopy(from, 0, to, 0, at);
        to[at] = what;
        System.arraycopy(from, at, to, at + 1, from.length - at);
        return to;
    }

    private static Object[] removed(Object[] from, int at) {
        Object[] to = new Object[from.length - 1];
        System.arraycopy(from, 0, to, 0, at);
        System.arraycopy(from, at + 1, to, at, to.length - at);
        return to;
    }

    private static final class View<T> extends AbstractList<T> {
        private final Object[] of;

        View(Object[] of) {
            this.of = of;
        }

        @Override
        @SuppressWarnings("unchecked")
        public T get(int index) {
            return (T) of[index];
        }

        @Override
        public int size() {
            return of.length;
        }
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Table<?, ?> other && Arrays.equals(keys, other.keys) && Arrays.equals(values, other.values);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(keys) + Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < keys.length; i++) {
            text.append(i == 0 ? "" : ", ").append(keys[i]).append('=').append(values[i]);
        }
        return text.append('}').toString();
    }
}
