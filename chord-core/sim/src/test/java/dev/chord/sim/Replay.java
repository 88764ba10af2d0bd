package dev.chord.sim;

/** What to type to see a failure of a test in this module again. */
public final class Replay {
    private Replay() {}

    public static String of(Class<?> test, long seed) {
        return "replay: mvn -pl chord-core/sim -am test -Dsurefire.failIfNoSpecifiedTests=false -Dtest="
                + test.getSimpleName() + " -Dchord.seed=" + seed;
    }
}
