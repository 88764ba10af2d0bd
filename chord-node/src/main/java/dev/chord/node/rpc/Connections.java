package dev.chord.node.rpc;

import dev.chord.core.bounds.HandleBudget;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The connections to this node, counted in all and by address, so that handles for its own work stay free.
 * Where there are too many, room is made by those that have said nothing yet, the oldest first, then by what
 * lies idle at the address that has most of them, or has more than the newcomer's; else the newcomer is
 * closed. Thread-safe.
 */
final class Connections {
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final HandleBudget budget;
    private final Set<ConnectionGuard> open = new LinkedHashSet<>(); // the oldest first
    private final Map<InetAddress, Integer> byAddress = new HashMap<>();
    private volatile Predicate<InetAddress> members = address -> false;
    private volatile Runnable floods = () -> {};
    private volatile Runnable refusals = () -> {};

    Connections(HandleBudget budget) {
        this.budget = budget;
    }

    /**
     * What is known once the node is there.
     *
     * @param addresses those of members of the ring: many of them may share one
     * @param flooded told of each connection that was ended for its frames
     * @param refused told of each that there was no room for
     */
    void know(Predicate<InetAddress> addresses, Runnable flooded, Runnable refused) {
        members = addresses;
        floods = flooded;
        refusals = refused;
    }

    /** Takes a new one in; empty: it is to be closed. */
    Optional<ConnectionGuard> admit(InetSocketAddress from) {
        List<ConnectionGuard> victims = new ArrayList<>();
        Optional<ConnectionGuard> admitted = admit(from, victims);
        victims.forEach(ConnectionGuard::end);
        if (admitted.isEmpty()) {
            refusals.run();
        }
        return admitted;
    }

    private synchronized Optional<ConnectionGuard> admit(InetSocketAddress from, List<ConnectionGuard> victims) {
        InetAddress address = from.getAddress();
        boolean many = byAddress.getOrDefault(address, 0) >= budget.ofOneAddress() && !members.test(address);
        if (many || open.size() >= budget.connections()) {
            Optional<ConnectionGuard> victim =
                    many ? victim(g -> g.from().getAddress().equals(address)) : victim(address);
            if (victim.isEmpty()) {
                return victim;
            }
            forget(victim.get());
            victims.add(victim.get());
        }
        ConnectionGuard guard = new ConnectionGuard(this, from);
        open.add(guard);
        byAddress.merge(address, 1, Integer::sum);
        return Optional.of(guard);
    }

    // When all are in use, the stranger's address that has most gives way to one that has fewer.
    private Optional<ConnectionGuard> victim(InetAddress newcomer) {
        Optional<ConnectionGuard> silent =
                open.stream().filter(g -> !g.hasSpoken()).findFirst();
        if (silent.isPresent()) {
            return silent;
        }
        InetAddress most = byAddress.entrySet().stream()
                .max(Comparator.comparing((Map.Entry<InetAddress, Integer> e) -> !members.test(e.getKey()))
                        .thenComparing(Map.Entry::getValue))
                .orElseThrow()
                .getKey();
        long now = System.nanoTime();
        boolean more = byAddress.getOrDefault(most, 0) > byAddress.getOrDefault(newcomer, 0) + 1;
        return victim(g -> g.from().getAddress().equals(most))
                .or(() -> open.stream()
                        .filter(g -> more && g.from().getAddress().equals(most))
                        .max(Comparator.comparingLong(g -> now - g.lastUsed())));
    }

    private Optional<ConnectionGuard> victim(Predicate<ConnectionGuard> among) {
        long now = System.nanoTime();
        return open.stream()
                .filter(among)
                .filter(g -> !g.hasSpoken())
                .findFirst()
                .or(() -> open.stream()
                        .filter(among)
                        .filter(g -> now - g.lastUsed() > IDLE_NANOS)
                        .max(Comparator.comparingLong(g -> now - g.lastUsed())));
    }

    synchronized void gone(ConnectionGuard guard) {
        forget(guard);
    }

    private void forget(ConnectionGuard guard) {
        if (open.remove(guard)) {
            byAddress.computeIfPresent(guard.from().getAddress(), (a, n) -> n <= 1 ? null : n - 1);
        }
    }

    void flooded() {
        floods.run();
    }

    /** Ends a connection, by the address and port at its other end. */
    void end(Object from) {
        List<ConnectionGuard> meant;
        synchronized (this) {
            meant = open.stream()
                    .filter(g -> Objects.equals(from, String.valueOf(g.from())))
                    .toList();
        }
        meant.forEach(ConnectionGuard::end);
    }

    synchronized int count() {
        return open.size();
    }
}
