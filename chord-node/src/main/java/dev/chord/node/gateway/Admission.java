package dev.chord.node.gateway;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who is served of one kind of request, and who has to make room. At most so many are served at once. While
 * more than half of the places are taken, those who keep the node waiting and move too little are ended.
 * One address may hold more than half of the places only while nobody else wants one. Pure: the time comes
 * with each call. Belongs to one thread, or to whoever holds a lock.
 */
final class Admission {
    /** Less than this moved while the node waited so long is slow: 1 KiB a second over 30 seconds. */
    static final long LEAST_BYTES = 30 * 1024;

    static final long WINDOW_NANOS = 30_000_000_000L;

    /** Who was refused is expected to come back within this time. */
    static final long PATIENCE_NANOS = 10_000_000_000L;

    private static final int MOST_WAITING = 256;

    private final int most;
    private final Map<Long, Guest> guests = new LinkedHashMap<>();
    private final Map<String, Long> refused = new LinkedHashMap<>();

    /** One that is served. */
    private static final class Guest {
        private final String address;
        private boolean waitedFor;
        private long waitedSince;
        private long waited;
        private long moved;

        Guest(String address) {
            this.address = address;
        }

        // What was waited for and moved, up to now; a full window with enough in it begins anew.
        private void count(long now) {
            if (waitedFor) {
                waited += Math.max(0, now - waitedSince);
                waitedSince = now;
            }
            if (waited >= WINDOW_NANOS && moved >= LEAST_BYTES) {
                waited = 0;
                moved = 0;
            }
        }

        private boolean slow() {
            return waited >= WINDOW_NANOS && moved < LEAST_BYTES;
        }
    }

    /**
     * What became of a wish.
     *
     * @param ended those that have to go, whether the wish was granted or not
     */
    record Answer(boolean admitted, List<Long> ended) {}

    /** @param most that are served at once, 2 or more */
    Admission(int most) {
        this.most = most;
    }

    /** Somebody at an address wants a place. */
    Answer ask(long id, String address, long now) {
        List<Long> ended = new ArrayList<>(slow(now, false));
        if (guests.size() >= most) {
            surplus(address).ifPresent(other -> {
                guests.remove(other);
                ended.add(other);
            });
        }
        boolean greedy = 2 * held(address) >= most && othersWait(address, now);
        if (guests.size() >= most || greedy) {
            refused.remove(address);
            refused.put(address, now);
            if (refused.size() > MOST_WAITING) {
                refused.remove(refused.keySet().iterator().next());
            }
            return new Answer(false, ended);
        }
        refused.remove(address);
        guests.put(id, new Guest(address));
        return new Answer(true, ended);
    }

    // Of an address that holds more than half while another, which holds less, waits: the one that has
    // moved least.
    private Optional<Long> surplus(String asking) {
        if (2 * held(asking) >= most) {
            return Optional.empty();
        }
        return guests.entrySet().stream()
                .filter(e -> 2 * held(e.getValue().address) > most)
                .min(Comparator.comparingLong(e -> e.getValue().moved))
                .map(Map.Entry::getKey);
    }

    private int held(String address) {
        return (int) guests.values().stream()
                .filter(guest -> guest.address.equals(address))
                .count();
    }

    private boolean othersWait(String address, long now) {
        refused.values().removeIf(at -> now - at > PATIENCE_NANOS);
        return refused.keySet().stream().anyMatch(other -> !other.equals(address));
    }

    /** Bytes went through, in either direction. */
    void moved(long id, long bytes, long now) {
        Guest guest = guests.get(id);
        if (guest != null) {
            guest.count(now);
            guest.moved += bytes;
        }
    }

    /** Whether it is the other side that is waited for: only that time is held against it. */
    void waits(long id, boolean forPeer, long now) {
        Guest guest = guests.get(id);
        if (guest != null) {
            guest.count(now);
            guest.waitedFor = forPeer;
            guest.waitedSince = now;
        }
    }

    /** It is over. */
    void left(long id) {
        guests.remove(id);
    }

    /**
     * Those that have to go because they are slow; they hold no place any more.
     *
     * @param crowded whether room is short for another reason than places
     */
    List<Long> slow(long now, boolean crowded) {
        guests.values().forEach(guest -> guest.count(now));
        if (!crowded && 2 * guests.size() <= most) {
            return List.of();
        }
        List<Long> slow = guests.entrySet().stream()
                .filter(e -> e.getValue().slow())
                .map(Map.Entry::getKey)
                .toList();
        slow.forEach(guests::remove);
        return slow;
    }

    int size() {
        return guests.size();
    }
}
