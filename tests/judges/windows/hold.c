/* hold FILE [alone]: keeps a file open until its input ends, as a scanner does that lets others read it but not replace it; alone: as a
   program does that lets nobody else open it. */
#include <stdio.h>
#include <windows.h>

int wmain(int count, wchar_t **words)
{
    DWORD share = count == 3 ? 0 : FILE_SHARE_READ;
    HANDLE file = count > 1 ? CreateFileW(words[1], GENERIC_READ, share, NULL, OPEN_EXISTING, 0, NULL) : INVALID_HANDLE_VALUE;
    if (file == INVALID_HANDLE_VALUE)
        return 1;
    puts("held");
    fflush(stdout);
    getchar();
    CloseHandle(file);
    return 0;
}
