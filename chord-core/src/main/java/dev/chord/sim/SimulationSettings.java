package dev.chord.sim;

import dev.chord.core.ring.RingSettings;

/**
 * The world of a simulated ring.
 *
 * @param refuses whether a dead process's host refuses connections at once; otherwise calls to it time out
 * @param disk how long it takes until a write is durable
 * @param quorum whether the holders of an arc agree on who they are, and refuse where too few of them are in reach; otherwise who
 *     is left takes over
 */
public record SimulationSettings(
        RingSettings ring,
        SimulatedTimers timers,
        SimulatedNetwork.Quality network,
        boolean refuses,
        Delay disk,
        boolean quorum) {

    /**
     * Periods of a member's timers.
     *
     * @param timeout deadline of ring messages, microseconds
     * @param repair between rounds in which a process brings what it holds to where it should be; 0 is never
     */
    public record SimulatedTimers(
            Delay stabilize, Delay checkPredecessor, Delay fixFingers, long timeout, long repair) {
        /** Each period a quarter early or late, as nodes run them. */
        public static SimulatedTimers every(long stabilizeMicros, long timeoutMicros) {
            return new SimulatedTimers(
                    jittered(stabilizeMicros),
                    jittered(2 * stabilizeMicros),
                    jittered(stabilizeMicros),
                    timeoutMicros,
                    10 * stabilizeMicros);
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

    public SimulationSettings withNetwork(SimulatedNetwork.Quality quality) {
        return new SimulationSettings(ring, timers, quality, refuses, disk, quorum);
    }
}
