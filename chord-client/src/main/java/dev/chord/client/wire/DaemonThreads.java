package dev.chord.client.wire;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.util.concurrent.ThreadFactory;

/** Makes the threads of the library and of nodes. They have names, and do not keep a process from ending. */
public final class DaemonThreads {
    private DaemonThreads() {}

    /** @param format the threads' name; {@code %d} in it becomes the number of the thread, from 0 */
    public static ThreadFactory named(String format) {
        return new ThreadFactoryBuilder().setNameFormat(format).setDaemon(true).build();
    }
}
