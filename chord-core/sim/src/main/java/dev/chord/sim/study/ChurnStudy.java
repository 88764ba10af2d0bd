package dev.chord.sim.study;

import dev.chord.core.check.RingInvariants;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Peer;
import dev.chord.sim.MessageSizes;
import dev.chord.sim.OwnerQuestion;
import dev.chord.sim.SimulatedProcess;
import dev.chord.sim.SimulatedRing;
import dev.chord.sim.Simulation;
import dev.chord.sim.SimulationSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.DoubleConsumer;

/**
 * A large ring whose members come and go while others look keys up (ToN 2003, section V-E). An answer counts
 * once the member named says that it owns the key; one that does not is asked for again, as clients do.
 */
public final class ChurnStudy {
    /** Looks for one key before it counts as unanswered. */
    public static final int TRIES = 8;

    private static final long PAUSE = Simulation.SECOND / 2;

    /**
     * What is simulated.
     *
     * @param nodes at the beginning; as many come as go
     * @param changesPerSecond joins, and as many departures
     * @param crashes the share of departures that are crashes, not polite
     */
    public record Setup(
            SimulationSettings settings,
            int nodes,
            double changesPerSecond,
            double crashes,
            double lookupsPerSecond,
            long seconds,
            long seed) {}

    /**
     * What came of it.
     *
     * @param hops members asked one after the other, the last hop, to the owner, not counted
     * @param timeouts calls without an answer on the way, in one try
     * @param tries looks until the owner was found
     * @param millis from the first question until the owner was found
     * @param bytes that each node sent that was there from the beginning to the end of the churn, a second
     * @param atOnce keys whose owner was the first one asked
     * @param wrong answers by a member that does not own the key alone
     * @param healed virtual seconds from the last change to the ideal ring; -1: not within the time given
     */
    public record Outcomes(
            Distribution hops,
            Distribution timeouts,
            Distribution tries,
            Distribution millis,
            Distribution bytes,
            long lookups,
            long atOnce,
            long wrong,
            long unanswered,
            double messagesPerNodeSecond,
            double healed,
            long steps,
            long members) {}

    private final Setup setup;
    private final SimulatedRing ring;
    private final SplittableRandom random;
    private final NavigableMap<Identifier, SimulatedProcess> present = new TreeMap<>();
    private final List<SimulatedProcess> list = new ArrayList<>();
    private final Distribution hops = new Distribution();
    private final Distribution timeouts = new Distribution();
    private final Distribution tries = new Distribution();
    private final Distribution millis = new Distribution();
    private final Distribution bytes = new Distribution();
    private long begun;
    private long atOnce;
    private long wrong;
    private long unanswered;
    private int nextHost;
    private boolean over;

    private ChurnStudy(Setup setup) {
        this.setup = setup;
        this.ring = new SimulatedRing(setup.settings(), setup.seed());
        this.random = ring.simulation().stream("churn");
    }

    /** Runs it; tells now and then how far it is, 0 to 1. */
    public static Outcomes of(Setup setup, DoubleConsumer progress) {
        return new ChurnStudy(setup).run(progress);
    }

    private Outcomes run(DoubleConsumer progress) {
        List<SimulatedRing.Host> hosts = new ArrayList<>();
        for (int i = 0; i < setup.nodes(); i++) {
            hosts.add(newHost());
        }
        ring.startIdeal(hosts);
        ring.processes().forEach(this::arrived);
        List<SimulatedProcess> first = List.copyOf(list);
        ring.measure(MessageSizes.COMPACT);
        if (setup.changesPerSecond() > 0) {
            again(setup.changesPerSecond(), this::join);
            again(setup.changesPerSecond(), this::depart);
        }
        if (setup.lookupsPerSecond() > 0) {
            again(setup.lookupsPerSecond(), this::lookup);
        }
        long end = setup.seconds() * Simulation.SECOND;
        for (int part = 1; part <= 100; part++) {
            ring.simulation().runUntil(end / 100 * part);
            progress.accept(part / 100.0);
        }
        double nodeSeconds = (double) setup.nodes() * setup.seconds();
        double messages = ring.network().sent() / nodeSeconds;
        first.stream().filter(SimulatedProcess::alive).forEach(p -> bytes.add((int) (p.bytesSent() / setup.seconds())));
        over = true;
        double healed = setup.changesPerSecond() > 0 ? heal() : 0;
        return new Outcomes(
                hops,
                timeouts,
                tries,
                millis,
                bytes,
                begun,
                atOnce,
                wrong,
                unanswered,
                messages,
                healed,
                ring.protocolSteps(),
                present.size());
    }

    // Until every member's list and predecessor are right.
    private double heal() {
        long start = ring.simulation().now();
        long step = Math.max(Simulation.SECOND, setup.settings().timers().stabilizeMean() / 2);
        while (ring.simulation().now() - start < 60 * setup.settings().timers().stabilizeMean()) {
            List<RingInvariants.Violation> open = ring.notIdeal();
            if (open.isEmpty()) {
                return (ring.simulation().now() - start) / (double) Simulation.SECOND;
            }
            ring.simulation().runUntil(ring.simulation().now() + step);
        }
        return -1;
    }

    private void again(double perSecond, Runnable what) {
        long gap = Math.round(-Math.log1p(-random.nextDouble()) / perSecond * Simulation.SECOND);
        ring.simulation().after(gap, () -> {
            if (!over) {
                what.run();
                again(perSecond, what);
            }
        });
    }

    // ---- coming and going

    private SimulatedRing.Host newHost() {
        return SimulatedRing.Host.of(nextHost++, StaticRing.randomIdentifier(random));
    }

    private void arrived(SimulatedProcess process) {
        present.put(process.first().self().id(), process);
        list.add(process);
    }

    private void join() {
        SimulatedProcess seed = anyone();
        arrived(ring.join(newHost(), List.of(seed.endpoint())));
    }

    private void depart() {
        if (list.size() < 4) {
            return;
        }
        int index = random.nextInt(list.size());
        SimulatedProcess process = list.get(index);
        list.set(index, list.get(list.size() - 1));
        list.remove(list.size() - 1);
        present.remove(process.first().self().id());
        if (random.nextDouble() < setup.crashes()) {
            ring.crash(process.endpoint());
        } else {
            ring.leave(process.endpoint());
        }
    }

    private SimulatedProcess anyone() {
        while (true) {
            SimulatedProcess process = list.get(random.nextInt(list.size()));
            if (process.alive() && process.first().phase().routes()) {
                return process;
            }
        }
    }

    // ---- looking up

    private void lookup() {
        begun++;
        look(new Search(StaticRing.randomIdentifier(random), ring.simulation().now(), 1));
    }

    /** One key looked up, time and again. */
    private record Search(Identifier key, long since, int attempt) {}

    private void look(Search search) {
        SimulatedProcess asker = anyone();
        Optional<Lookup.Result> guess = asker.first().guess(search.key());
        if (search.attempt() == 1 && guess.isPresent()) {
            hops.add(0);
            timeouts.add(0);
            verify(asker, search, guess.get().chain().get(0), true);
            return;
        }
        asker.command(asker.first().self().id(), new Command.FindSuccessor(search.key()), outcome -> {
            if (outcome instanceof Outcome.LookedUp up && !up.result().chain().isEmpty()) {
                Lookup.Result result = up.result();
                if (search.attempt() == 1) {
                    hops.add(result.hops());
                    timeouts.add((int) result.route().stream()
                            .filter(h -> !h.trouble().isEmpty())
                            .count());
                }
                verify(asker, search, result.chain().get(0), true);
            } else {
                retry(search);
            }
        });
    }

    // Follows one hint, as clients do.
    private void verify(SimulatedProcess asker, Search search, Peer named, boolean follow) {
        OwnerQuestion.ask(asker, named, search.key(), new OwnerQuestion.Answer() {
            @Override
            public void answered(Optional<Peer> owner) {
                boolean itself = owner.filter(named::sameMember).isPresent();
                if (itself) {
                    atOnce += search.attempt() == 1
                                    && follow
                                    && setup.settings().ring().oneHop()
                            ? 1
                            : 0;
                    tries.add(search.attempt());
                    millis.add((int) ((ring.simulation().now() - search.since()) / Simulation.MILLISECOND));
                    wrong += ownedElsewhere(named, search.key()) ? 1 : 0;
                } else if (follow && owner.isPresent()) {
                    verify(asker, search, owner.get(), false);
                } else {
                    retry(search);
                }
            }

            @Override
            public void failed(Event.Failure failure) {
                retry(search);
            }
        });
    }

    // Whether one of the members near the key says as well that it owns it.
    private boolean ownedElsewhere(Peer named, Identifier key) {
        Identifier at = key;
        for (int i = 0; i < 4; i++) {
            Optional<Identifier> next = Optional.ofNullable(present.higherKey(at));
            at = next.orElseGet(present::firstKey);
            SimulatedProcess process = present.get(at);
            boolean other = process != null
                    && process.alive()
                    && process.members().stream()
                            .anyMatch(s ->
                                    !s.self().equals(named) && s.ownership().answers(key));
            if (other) {
                return true;
            }
        }
        return false;
    }

    private void retry(Search search) {
        if (search.attempt() == TRIES) {
            unanswered++;
        } else {
            Search next = new Search(search.key(), search.since(), search.attempt() + 1);
            ring.simulation().after(PAUSE, () -> look(next));
        }
    }
}
