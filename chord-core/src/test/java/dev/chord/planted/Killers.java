package dev.chord.planted;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.stream.Collectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs one check of the sources that this class was loaded with. */
public final class Killers {
    /** The answer where nothing went red and something was skipped. */
    static final String SKIPPED = "skipped";

    private Killers() {}

    /** What went red; empty: nothing did. {@link #SKIPPED} where nothing could. */
    public static String run(String kill) {
        String[] words = kill.split(" ");
        return switch (words[0]) {
            case "test" -> test(words[1]);
            default -> throw new IllegalArgumentException("unknown check: " + kill);
        };
    }

    private static String test(String name) {
        try {
            Class<?> type = Class.forName(name, true, Killers.class.getClassLoader());
            LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(selectClass(type))
                    .build();
            SummaryGeneratingListener listener = new SummaryGeneratingListener();
            LauncherFactory.create().execute(request, listener);
            if (listener.getSummary().getTestsFoundCount() == 0) {
                throw new IllegalStateException("no tests in " + name);
            }
            String red = listener.getSummary().getFailures().stream()
                    .map(f -> f.getTestIdentifier().getDisplayName())
                    .distinct()
                    .collect(Collectors.joining(", "));
            return red.isEmpty() && listener.getSummary().getTestsAbortedCount() > 0 ? SKIPPED : red;
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
