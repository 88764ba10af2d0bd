package dev.chord.node.cli;

import java.io.Console;
import java.lang.reflect.InvocationTargetException;

/** Whether somebody is looking. */
final class Terminal {
    private static final int CONSOLE_ALWAYS_THERE = 22;

    private Terminal() {}

    /**
     * Whether standard input and output are a terminal. From JDK 22 on there is a console even without one,
     * so ask it.
     */
    @SuppressWarnings("SystemConsoleNull")
    static boolean present() {
        Console console = System.console();
        if (console == null || Runtime.version().feature() < CONSOLE_ALWAYS_THERE) {
            return console != null;
        }
        try {
            return Boolean.TRUE.equals(Console.class.getMethod("isTerminal").invoke(console));
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            return false;
        }
    }
}
