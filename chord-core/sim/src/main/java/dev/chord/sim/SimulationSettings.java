package dev.chord.sim;

import dev.chord.core.blocks.BlockLimits;
import dev.chord.core.blocks.BlockSettings;
import dev.chord.core.protocol.Event;
import dev.chord.core.records.RecordLimits;
import dev.chord.core.records.RecordSettings;
import dev.chord.core.ring.RingSettings;
import java.util.List;

/**
 * The world of a simulated ring.
 *
 * @param refuses whether a dead process's host refuses connections at once; otherwise calls to it time out
 * @param disk how long it takes until a write is durable
 * @param quorum whether the holders of an arc agree on who they are, and refuse where too few of them are in
 *     reach; otherwise who is left takes over
 */
public record SimulationSettings(
        RingSettings ring,
        SimulatedTimers timers,
        SimulatedNetwork.Quality network,
        boolean refuses,
        Delay disk,
        boolean quorum) {
    /** Copies that have to be durable before a write is acknowledged. */
    static final int WRITE_QUORUM = 2;

    /** How long blocks stay that somebody has condemned, at least: longer than any cut lasts. */
    public static final long BLOCK_GRACE = 60 * Simulation.SECOND;

    /** How often owners of names speak for their blocks. */
    static final long RENEWAL = 5 * Simulation.SECOND;

    private static final long LEASE = 3 * Simulation.SECOND;

    /**
     * What a member does again and again.
     *
     * @param period from one time to the next
     * @param rounds what it does at one moment, one after the other: the first time, the second time, and so
     *     on in turn
     */
    public record Routine(Delay period, List<List<Event.Timer>> rounds) {
        static Routine of(Delay period, Event.Timer timer) {
            return new Routine(period, List.of(List.of(timer)));
        }
    }

    /**
     * What a member does by itself, and how long it waits for answers.
     *
     * @param timeout deadline of ring messages, microseconds
     * @param repair between rounds in which a process brings what it holds to where it should be; 0 is never
     */
    public record SimulatedTimers(List<Routine> routines, long timeout, long repair) {
        /** Each timer at times of its own and a quarter early or late, as nodes run them. */
        public static SimulatedTimers every(long stabilizeMicros, long timeoutMicros) {
            return apart(
                    jittered(stabilizeMicros),
                    jittered(2 * stabilizeMicros),
                    jittered(stabilizeMicros),
                    timeoutMicros,
                    10 * stabilizeMicros);
        }

        /** Each timer at times of its own. */
        public static SimulatedTimers apart(
                Delay stabilize, Delay checkPredecessor, Delay fixFingers, long timeout, long repair) {
            return new SimulatedTimers(
                    List.of(
                            Routine.of(stabilize, Event.Timer.STABILIZE),
                            Routine.of(checkPredecessor, Event.Timer.CHECK_PREDECESSOR),
                            Routine.of(fixFingers, Event.Timer.FIX_FINGERS)),
                    timeout,
                    repair);
        }

        /**
         * A member does everything in one routine, half early or late at most, as in the papers' simulations,
         * where each node runs its stabilization routines every 30 seconds on average (SIGCOMM 2001, section
         * 6.5). A predecessor that has not been heard of is checked every second time only, as nodes do.
         */
        public static SimulatedTimers together(long stabilizeMicros, long timeoutMicros) {
            List<Event.Timer> round = List.of(Event.Timer.STABILIZE, Event.Timer.FIX_FINGERS);
            List<Event.Timer> second =
                    List.of(Event.Timer.STABILIZE, Event.Timer.FIX_FINGERS, Event.Timer.CHECK_PREDECESSOR);
            Delay period = Delay.uniform(stabilizeMicros / 2, stabilizeMicros * 3 / 2);
            return new SimulatedTimers(List.of(new Routine(period, List.of(round, second))), timeoutMicros, 0);
        }

        /** The mean time from one {@code stabilize} of a member to the next, microseconds. */
        public long stabilizeMean() {
            return routines.stream()
                    .filter(routine -> routine.rounds().get(0).contains(Event.Timer.STABILIZE))
                    .mapToLong(routine -> routine.period().mean())
                    .findFirst()
                    .orElseThrow();
        }

        /** The same without repair. */
        public SimulatedTimers withoutRepair() {
            return new SimulatedTimers(routines, timeout, 0);
        }

        private static Delay jittered(long period) {
            return Delay.uniform(period * 3 / 4, period * 5 / 4);
        }
    }

    public SimulationSettings(
            RingSettings ring, SimulatedTimers timers, SimulatedNetwork.Quality network, boolean refuses, Delay disk) {
        this(ring, timers, network, refuses, disk, false);
    }

    /** The same world with holders that agree on who they are. */
    public SimulationSettings withQuorum() {
        return new SimulationSettings(ring, timers, network, refuses, disk, true);
    }

    /** How the ring keeps its blocks: as nodes do, in minutes instead of weeks. */
    BlockSettings blocks() {
        BlockLimits limits = BlockLimits.DEFAULT.withLeases(5 * BLOCK_GRACE, BLOCK_GRACE);
        return new BlockSettings(ring.replicas(), Long.MAX_VALUE, limits);
    }

    /**
     * How the ring keeps its records: as nodes do, with leases that last longer than a call takes to fail.
     */
    RecordSettings records() {
        return new RecordSettings(quorum, WRITE_QUORUM, RecordLimits.DEFAULT.withLease(LEASE));
    }
}
